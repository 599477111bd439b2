/** Cloud NAT for machines without public addresses: a router with one translation of the cluster's subnetwork. */
import { IDENTITY, IGNORED, PATCH, refuse } from "../change-table.ts";
import { roleName } from "../names.ts";
import { marker } from "../owner.ts";
import { computeKind } from "./compute-kind.ts";
import { computeUrl, networkRef, regionalRef, subnetworkRef } from "./places.ts";

/** Ports of a machine at first, growing to the most when it needs them. Source: Cloud NAT, minPortsPerVm from 32. */
const NAT_PORTS_MIN = 64;

export const routers = computeKind({
  kind: "routers",
  collection: "routers",
  after: ["subnetworks"],
  steady: true,
  condition: "NetworkReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: `regions/${cluster.spec.region}` }),
  desire: (cluster) => {
    const { network } = cluster.spec;
    // A subnetwork that was given has its way out already; a second NAT on it would be refused.
    if (!network.nodesPrivate || network.existing !== undefined) return [];
    const ref = regionalRef(cluster, "routers", roleName(cluster, "router"));
    return [
      {
        name: ref.name,
        ref,
        purpose: "the way out for machines without public addresses",
        body: {
          name: ref.name,
          description: marker(cluster, "Cloud NAT for machines without public addresses"),
          network: computeUrl(networkRef(cluster)),
          nats: [
            {
              name: "nat",
              natIpAllocateOption: "AUTO_ONLY",
              // ALL_SUBNETWORKS_… would allow no other NAT in this network and region.
              sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
              subnetworks: [
                { name: computeUrl(subnetworkRef(cluster)), sourceIpRangesToNat: ["ALL_IP_RANGES"] },
              ],
              minPortsPerVm: NAT_PORTS_MIN,
              enableDynamicPortAllocation: true,
              // Dynamic ports exclude it.
              enableEndpointIndependentMapping: false,
            },
          ],
        },
      },
    ];
  },
  // Machines that were made private have no other way out until they are replaced.
  holdDelete: (cluster) =>
    cluster.deleting || cluster.facts.privateMachines === 0 ? undefined : { quietly: true },
  obsolete: () => "all machines have public addresses",
  table: {
    ...IDENTITY,
    network: refuse("Delete the router; it is made anew."),
    region: IGNORED,
    // The whole list is sent: a patch replaces it.
    nats: PATCH,
  },
});
