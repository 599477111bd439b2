/** Reserved addresses: of the Kubernetes API, an internal one and an external one when it is public; and of each control-plane member. */
import { computePath } from "../../ports/compute.ts";
import type { Address } from "../../ports/compute-types.ts";
import { IDENTITY, IGNORED, refuse } from "../change-table.ts";
import { memberOfMachine } from "../names.ts";
import { marker } from "../owner.ts";
import type { Cluster, Facts } from "../resource.ts";
import { computeKind, type DesiredResource, type ObservedResource } from "./compute-kind.ts";
import { type ApiSide, apiRef, apiSides, computeUrl, memberAddressRef, subnetworkRef } from "./places.ts";

const FIXED = "An address cannot change: delete it while nothing uses it, and it is reserved anew.";

export const addresses = computeKind({
  kind: "addresses",
  collection: "addresses",
  after: ["subnetworks"],
  steady: true,
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: `regions/${cluster.spec.region}` }),
  desire: (cluster) => [
    ...apiSides(cluster).map((side) => apiAddress(cluster, side)),
    ...Array.from({ length: cluster.spec.controlPlane.replicas }, (_, member) =>
      memberAddress(cluster, member),
    ),
  ],
  learn: (observed, cluster) => ({
    ...apiAddresses(observed, cluster),
    memberAddresses: memberAddresses(observed, cluster),
  }),
  holdDelete: (cluster, { resource }) =>
    !cluster.deleting && (resource.users?.length ?? 0) > 0 ? { quietly: true } : undefined,
  unfinished: ({ resource }) =>
    resource.status === "RESERVING" || resource.address === undefined
      ? { wait: "the address to be reserved" }
      : undefined,
  table: {
    ...IDENTITY,
    address: IGNORED,
    addressType: refuse(FIXED),
    purpose: refuse(FIXED),
    subnetwork: refuse(FIXED),
    network: IGNORED,
    networkTier: refuse(FIXED),
    status: IGNORED,
    users: IGNORED,
    labels: IGNORED,
    labelFingerprint: IGNORED,
    region: IGNORED,
  },
});

/** For one user, a forwarding rule or a machine; SHARED_LOADBALANCER_VIP is for several. */
function internal(cluster: Cluster): Partial<Address> {
  return {
    addressType: "INTERNAL",
    purpose: "GCE_ENDPOINT",
    subnetwork: computeUrl(subnetworkRef(cluster)),
  };
}
const BY_SIDE: Readonly<Record<ApiSide, (cluster: Cluster) => Partial<Address>>> = {
  internal,
  external: () => ({ addressType: "EXTERNAL", networkTier: "PREMIUM" }),
};

function apiAddress(cluster: Cluster, side: ApiSide): DesiredResource<"addresses"> {
  const ref = apiRef(cluster, "addresses", side);
  const purpose = `${side} address of the Kubernetes API`;
  return {
    name: ref.name,
    ref,
    purpose: `the ${purpose}`,
    body: { name: ref.name, description: marker(cluster, purpose), ...BY_SIDE[side](cluster) },
  };
}

/**
 * etcd knows a member by its address, so it stays when the machine is made anew. Bears no labels: a call more for each
 * would say nothing that its description does not. One that runs already keeps the address that it has.
 */
function memberAddress(cluster: Cluster, member: number): DesiredResource<"addresses"> {
  const ref = memberAddressRef(cluster, member);
  const present = cluster.facts.controlPlane?.find((machine) => machine.member === member)?.internalAddress;
  return {
    name: ref.name,
    ref,
    purpose: `the address of control-plane member ${member}`,
    body: {
      name: ref.name,
      description: marker(cluster, `address of control-plane member ${member}`),
      ...(present === undefined ? {} : { address: present }),
      ...internal(cluster),
    },
  };
}

function memberAddresses(
  observed: readonly ObservedResource<"addresses">[],
  cluster: Cluster,
): NonNullable<Facts["memberAddresses"]> {
  return observed.flatMap(({ name, resource: { address } }) => {
    const member = memberOfMachine(cluster, name);
    return member === undefined || address === undefined ? [] : [{ member, address }];
  });
}

function apiAddresses(observed: readonly ObservedResource<"addresses">[], cluster: Cluster): Partial<Facts> {
  const at = (side: ApiSide): string | undefined => {
    const key = computePath(apiRef(cluster, "addresses", side));
    return observed.find(({ ref }) => computePath(ref) === key)?.resource.address;
  };
  const inner = at("internal");
  const external = apiSides(cluster).includes("external") ? at("external") : undefined;
  return {
    ...(inner === undefined ? {} : { apiInternalAddress: inner }),
    ...(external === undefined ? {} : { apiExternalAddress: external }),
  };
}
