/**
 * Managed kind "control-plane-care": makes outdated control-plane members anew, one at a time. Each leaves the load
 * balancer's group, is drained, has its etcd disk snapshotted and its machine deleted; the kind "control-plane" makes the
 * machine anew, which goes on with the member's disk and address.
 */
import type { Budget, DrainedPod } from "../../nodes/pod-class.ts";
import { isOnItsWayOut } from "../gce/outdated-members.ts";
import { apiOf, list } from "../kubernetes/api.ts";
import { etcdDiskName } from "../names.ts";
import { isOurs } from "../owner.ts";
import type { CloudReader, Cluster, ControlPlaneMachine, ManagedKind } from "../resource.ts";
import { type MemberAction, performMemberCare } from "./member-action.ts";
import { type LeavingMember, planControlPlaneCare } from "./plan-control-plane-care.ts";

export const controlPlaneCare: ManagedKind<never, LeavingMember, MemberAction> = {
  kind: "control-plane-care",
  after: [],
  watches: ["control-plane", "group-members", "nodes", "kubernetes-version"],
  condition: "UpToDate",
  desire: () => [],
  observe: async (cloud, cluster) => {
    if (cluster.deleting) return [];
    const leaving = (cluster.facts.controlPlane ?? []).filter((machine) => isOnItsWayOut(cluster, machine));
    return Promise.all(leaving.map((machine) => lookAt(cloud, cluster, machine)));
  },
  plan: planControlPlaneCare,
  perform: performMemberCare,
};

async function lookAt(
  cloud: CloudReader,
  cluster: Cluster,
  { name, member }: ControlPlaneMachine,
): Promise<LeavingMember> {
  const api = apiOf(cloud, cluster);
  const { project } = cluster.spec;
  const [budgets, pods, snapshots] = await Promise.all([
    api === undefined ? [] : list<Budget>(api, "/apis/policy/v1/poddisruptionbudgets"),
    api === undefined
      ? []
      : list<DrainedPod>(api, "/api/v1/pods", { fieldSelector: `spec.nodeName=${name}` }),
    cloud.compute.list({
      kind: "snapshots",
      project,
      scope: "global",
      namePrefixes: [`${etcdDiskName(cluster, member)}-`],
    }),
  ]);
  const ours = snapshots.filter((one) =>
    isOurs(cluster, `projects/${project}/global/snapshots/${one.name}`, one),
  );
  return { name, pods, budgets, snapshots: ours };
}
