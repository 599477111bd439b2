/**
 * Managed kind "workload-leftovers": before a cluster's machines go, what its workloads hold in the cloud goes with
 * them (load balancers of Services, disks of volumes), for nobody could delete it afterwards.
 */
import type { CloudReader, CloudWriter, Cluster, ManagedKind, Named, Started } from "../resource.ts";
import { apiOf, create, list, mergePatch, remove } from "./api.ts";
import { type Leftover, type LeftoverAction, planLeftovers } from "./leftovers-plan.ts";
import type { ServedNode } from "./observe.ts";

/**
 * When the cluster goes, these wait for us: machines run the controllers that delete load balancers and disks, and
 * those reach the API and the cloud through the rest.
 */
const NEEDED = [
  "machine-groups",
  "control-plane",
  "group-members",
  "forwarding-rules",
  "firewalls",
  "routers",
];

export const workloadLeftovers: ManagedKind<Named, Leftover, LeftoverAction> = {
  kind: "workload-leftovers",
  after: NEEDED,
  condition: "AddonsReady",
  /** Leftovers are nobody's wish. */
  desire: () => [],
  observe,
  plan: planLeftovers,
  perform,
};

/** Three lists; pods and nodes only while there are volumes. Nothing is asked while the cluster stays. */
async function observe(cloud: CloudReader, cluster: Cluster): Promise<readonly Leftover[]> {
  const api = apiOf(cloud, cluster);
  if (api === undefined || !cluster.deleting) return [];
  type Of<T extends Leftover["of"]> = Extract<Leftover, { of: T }>;
  const [services, volumes, claims] = await Promise.all([
    list<Of<"service">["object"]>(api, "/api/v1/services"),
    list<Of<"volume">["object"]>(api, "/api/v1/persistentvolumes"),
    list<Of<"claim">["object"]>(api, "/api/v1/persistentvolumeclaims"),
  ]);
  const balanced = services.filter((service) => service.spec?.type === "LoadBalancer");
  const deletable = volumes.filter(
    ({ spec }) => spec?.persistentVolumeReclaimPolicy === "Delete" && (spec.csi ?? spec.gcePersistentDisk),
  );
  const names = new Set(deletable.map(({ metadata }) => metadata.name));
  const held = claims.filter(({ spec }) => names.has(spec?.volumeName ?? ""));
  const [pods, nodes] =
    held.length === 0
      ? [[], []]
      : await Promise.all([
          list<Of<"pod">["object"]>(api, "/api/v1/pods"),
          list<ServedNode>(api, "/api/v1/nodes"),
        ]);
  return [
    ...balanced.map((object) => ({
      of: "service" as const,
      name: `Service ${object.metadata.namespace}/${object.metadata.name}`,
      object,
    })),
    ...deletable.map((object) => ({
      of: "volume" as const,
      name: `PersistentVolume ${object.metadata.name}`,
      object,
    })),
    ...held.map((object) => ({
      of: "claim" as const,
      name: `PersistentVolumeClaim ${object.metadata.namespace}/${object.metadata.name}`,
      object,
    })),
    ...pods.map((object) => ({
      of: "pod" as const,
      name: `Pod ${object.metadata.namespace}/${object.metadata.name}`,
      object,
    })),
    ...nodes.map((object) => ({ of: "node" as const, name: `Node ${object.metadata.name}`, object })),
  ];
}

async function perform(cloud: CloudWriter, cluster: Cluster, action: LeftoverAction): Promise<Started> {
  const api = apiOf(cloud, cluster);
  // Without an API there is nothing left that could be deleted through it.
  if (api === undefined) return "done";
  switch (action.change) {
    case "delete":
      await remove(api, action.key, action.uid);
      return "done";
    case "cordon":
      await mergePatch(api, action.key, { spec: { unschedulable: true } });
      return "done";
    case "evict": {
      const { name, namespace } = action;
      await create(api, `${action.key}/eviction`, {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name, namespace },
      });
      return "done";
    }
  }
}
