/** The addresses of the Kubernetes API: an internal one always, an external one when the API is public. */
import { computePath } from "../../ports/compute.ts";
import type { Address } from "../../ports/compute-types.ts";
import { IDENTITY, IGNORED, refuse } from "../change-table.ts";
import { marker, ownerLabels } from "../owner.ts";
import type { Cluster, Facts } from "../resource.ts";
import { computeKind, type ObservedResource } from "./compute-kind.ts";
import { type ApiSide, apiRef, apiSides, computeUrl, subnetworkRef } from "./places.ts";

const FIXED =
  "An address cannot change: delete it while no forwarding rule uses it, and it is reserved anew.";

export const addresses = computeKind({
  kind: "addresses",
  collection: "addresses",
  after: ["subnetworks"],
  steady: true,
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: `regions/${cluster.spec.region}` }),
  desire: (cluster) =>
    apiSides(cluster).map((side) => {
      const ref = apiRef(cluster, "addresses", side);
      return {
        name: ref.name,
        ref,
        purpose: `the ${side} address of the Kubernetes API`,
        body: {
          name: ref.name,
          description: marker(cluster, `${side} address of the Kubernetes API`),
          ...BY_SIDE[side](cluster),
        },
        // Compute Engine takes labels of addresses through setLabels only.
        later: { labels: ownerLabels(cluster, "api") },
      };
    }),
  learn: (observed, cluster) => apiAddresses(observed, cluster),
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
    labels: {
      change: "call",
      verb: "addresses.setLabels",
      body: (wanted, found) => ({
        labels: { ...found.labels, ...wanted.labels },
        ...(found.labelFingerprint === undefined ? {} : { labelFingerprint: found.labelFingerprint }),
      }),
    },
    labelFingerprint: IGNORED,
    region: IGNORED,
  },
});

const BY_SIDE: Readonly<Record<ApiSide, (cluster: Cluster) => Partial<Address>>> = {
  internal: (cluster) => ({
    addressType: "INTERNAL",
    // One forwarding rule uses it; SHARED_LOADBALANCER_VIP is for several.
    purpose: "GCE_ENDPOINT",
    subnetwork: computeUrl(subnetworkRef(cluster)),
  }),
  external: () => ({ addressType: "EXTERNAL", networkTier: "PREMIUM" }),
};

function apiAddresses(observed: readonly ObservedResource<"addresses">[], cluster: Cluster): Partial<Facts> {
  const at = (side: ApiSide): string | undefined => {
    const key = computePath(apiRef(cluster, "addresses", side));
    return observed.find(({ ref }) => computePath(ref) === key)?.resource.address;
  };
  const internal = at("internal");
  const external = apiSides(cluster).includes("external") ? at("external") : undefined;
  return {
    ...(internal === undefined ? {} : { apiInternalAddress: internal }),
    ...(external === undefined ? {} : { apiExternalAddress: external }),
  };
}
