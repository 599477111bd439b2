/** What joins the API's addresses to the load balancers. */
import type { ForwardingRule } from "../../ports/compute-types.ts";
import { API_PORT } from "../api-server.ts";
import { IDENTITY, IGNORED, includes, PATCH, pathOf, REPLACE } from "../change-table.ts";
import { marker } from "../owner.ts";
import type { Cluster } from "../resource.ts";
import { computeKind, type DesiredResource } from "./compute-kind.ts";
import { type ApiSide, apiRef, apiSides, computeUrl, networkRef, subnetworkRef } from "./places.ts";

const ONE_PORT = `${API_PORT}-${API_PORT}`;

export const forwardingRules = computeKind({
  kind: "forwarding-rules",
  collection: "forwardingRules",
  after: ["addresses", "backend-services"],
  steady: true,
  condition: "ControlPlaneReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: `regions/${cluster.spec.region}` }),
  desire: (cluster) => {
    const { apiInternalAddress, apiExternalAddress } = cluster.facts;
    const addresses: Readonly<Record<ApiSide, string | undefined>> = {
      internal: apiInternalAddress,
      external: apiExternalAddress,
    };
    const missing = apiSides(cluster).find((side) => addresses[side] === undefined);
    if (missing !== undefined) return { key: "forwarding-rules", reason: `the API's ${missing} address` };
    return apiSides(cluster).map((side) => forwardingRule(cluster, side, addresses[side] ?? ""));
  },
  learn: (observed) => ({
    forwardedTo: observed.flatMap(({ resource }) =>
      resource.backendService === undefined ? [] : [pathOf(resource.backendService)],
    ),
  }),
  // The addresses stay reserved, so one that must be made anew comes back at the same address.
  table: {
    ...IDENTITY,
    IPAddress: REPLACE,
    IPProtocol: REPLACE,
    // A single port of an external rule may come back as a range.
    ports: {
      change: "replace",
      same: (wanted, found, { portRange }) =>
        includes(wanted, found ?? (portRange === ONE_PORT ? [String(API_PORT)] : [])),
    },
    portRange: IGNORED,
    loadBalancingScheme: REPLACE,
    backendService: REPLACE,
    target: IGNORED,
    network: REPLACE,
    subnetwork: REPLACE,
    allowGlobalAccess: PATCH,
    networkTier: REPLACE,
    labels: IGNORED,
    labelFingerprint: IGNORED,
    fingerprint: IGNORED,
    region: IGNORED,
  },
});

function forwardingRule(
  cluster: Cluster,
  side: ApiSide,
  address: string,
): DesiredResource<"forwardingRules"> {
  const ref = apiRef(cluster, "forwardingRules", side);
  const body: ForwardingRule = {
    name: ref.name,
    description: marker(cluster, `${side} way to the Kubernetes API`),
    IPAddress: address,
    IPProtocol: "TCP",
    ports: [String(API_PORT)],
    backendService: computeUrl(apiRef(cluster, "backendServices", side)),
    ...(side === "internal"
      ? {
          loadBalancingScheme: "INTERNAL",
          network: computeUrl(networkRef(cluster)),
          subnetwork: computeUrl(subnetworkRef(cluster)),
          // Peered networks and VPNs of other regions reach the API, too.
          allowGlobalAccess: true,
        }
      : { loadBalancingScheme: "EXTERNAL", networkTier: "PREMIUM" }),
  };
  return {
    name: ref.name,
    ref,
    body,
    purpose: `the ${side} way to the Kubernetes API`,
  };
}
