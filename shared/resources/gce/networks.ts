/** The cluster's VPC network, unless it was given one: that is neither made nor touched. */
import { computePath } from "../../ports/compute.ts";
import { IDENTITY, IGNORED, PATCH, refuse } from "../change-table.ts";
import { isOurs, marker, ownerOf } from "../owner.ts";
import type { Cluster, Problem } from "../resource.ts";
import { type ComputeManagedKind, computeKind, type ObservedResource } from "./compute-kind.ts";
import { networkRef } from "./places.ts";

const kind = computeKind({
  kind: "networks",
  collection: "networks",
  after: [],
  steady: true,
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

/** One that was given is neither made nor changed; it is only seen where it is another cluster's, and would go with it. */
export const networks: ComputeManagedKind<"networks"> = {
  ...kind,
  observe: async (cloud, cluster) => {
    if (cluster.spec.network.existing === undefined) return kind.observe(cloud, cluster);
    const ref = networkRef(cluster);
    const resource = await cloud.compute.get(ref);
    return resource === undefined || ownerOf(resource) === undefined
      ? []
      : [{ name: ref.name, ref, resource }];
  },
  plan: (input) =>
    input.cluster.spec.network.existing === undefined
      ? kind.plan(input)
      : { actions: [], waiting: [], problems: input.observed.flatMap((one) => borrowed(input.cluster, one)) },
};

function borrowed(cluster: Cluster, { ref, resource }: ObservedResource<"networks">): readonly Problem[] {
  const key = computePath(ref);
  const owner = ownerOf(resource);
  if (owner === undefined || cluster.deleting || isOurs(cluster, key, resource)) return [];
  const message =
    `${key} is the network of cluster ${owner.clusterId} (uid ${owner.uid}) and goes with it, so no other cluster uses ` +
    "it. Make a new cluster with network.existing set to a network that no cluster owns, or without it.";
  return [{ key, code: "conflict", message }];
}
