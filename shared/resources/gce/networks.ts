/** The cluster's VPC network, unless it was given one: that is neither made nor touched. */
import { IDENTITY, IGNORED, PATCH, refuse } from "../change-table.ts";
import { marker } from "../owner.ts";
import { computeKind } from "./compute-kind.ts";
import { networkRef } from "./places.ts";

export const networks = computeKind({
  kind: "networks",
  collection: "networks",
  after: [],
  condition: "NetworkReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: "global" }),
  desire: (cluster) => {
    if (cluster.spec.network.existing !== undefined) return [];
    const ref = networkRef(cluster);
    return [
      {
        name: ref.name,
        ref,
        purpose: "the network of the cluster's machines",
        body: {
          name: ref.name,
          description: marker(cluster, "network of the cluster's machines"),
          // Left out, it would make a legacy network.
          autoCreateSubnetworks: false,
          routingConfig: { routingMode: "REGIONAL" },
        },
      },
    ];
  },
  table: {
    ...IDENTITY,
    autoCreateSubnetworks: refuse(
      "A network cannot lose its automatic subnetworks: make a new cluster beside this one.",
    ),
    mtu: PATCH,
    routingConfig: PATCH,
    subnetworks: IGNORED,
  },
});
