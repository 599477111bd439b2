/** What is done to a control-plane member that is made anew, and the one place that does it. */
import type { Snapshot } from "../../ports/compute-types.ts";
import { type DeleteAction, deletion, type InsertAction, insertion, performCompute } from "../gce/action.ts";
import { computeUrl, globalRef, zonalRef } from "../gce/places.ts";
import { etcdDiskName } from "../names.ts";
import { LABEL_MEMBER, LABEL_ROLE, marker, ownerLabels } from "../owner.ts";
import type { CloudWriter, Cluster, ControlPlaneMachine, Started } from "../resource.ts";
import { type NodeCareAction, performNodeCare } from "./action.ts";

export type MemberAction = NodeCareAction | InsertAction | DeleteAction;

/** Two weeks: long enough to notice what an upgrade has broken. */
export const SNAPSHOT_KEPT_MS = 14 * 86_400_000;

/** Tells them from those of the schedule. */
const ROLE = "etcd-before";
export function isOfATurn({ labels }: Snapshot): boolean {
  return labels?.[LABEL_ROLE] === ROLE;
}

/** Of one turn of one member, so that it is found again by its name; the time keeps those of different turns apart. */
export function snapshotName(cluster: Cluster, member: number, sinceMs: number): string {
  return `${etcdDiskName(cluster, member)}-${Math.floor(sinceMs / 1000).toString(36)}`;
}

export function snapshotting(
  cluster: Cluster,
  { member, zone }: ControlPlaneMachine,
  sinceMs: number,
  reason: string,
): InsertAction {
  const { project, region } = cluster.spec;
  const name = snapshotName(cluster, member, sinceMs);
  const body: Snapshot = {
    name,
    description: marker(cluster, `etcd of control-plane member ${member}, before its machine was made anew`),
    sourceDisk: computeUrl(zonalRef(cluster, "disks", zone, etcdDiskName(cluster, member))),
    storageLocations: [region],
    labels: ownerLabels(cluster, ROLE, { [LABEL_MEMBER]: String(member) }),
  };
  return insertion(globalRef("snapshots", project, name), body, reason);
}

export function droppingSnapshot(cluster: Cluster, name: string): DeleteAction {
  return deletion(
    globalRef("snapshots", cluster.spec.project, name),
    `it was taken more than ${SNAPSHOT_KEPT_MS / 86_400_000} days ago`,
  );
}

export function deletingMember(
  cluster: Cluster,
  { name, zone }: ControlPlaneMachine,
  reason: string,
): DeleteAction {
  return deletion(zonalRef(cluster, "instances", zone, name), reason);
}

/** @throws CloudError */
export async function performMemberCare(
  cloud: CloudWriter,
  cluster: Cluster,
  action: MemberAction,
  requestId: string,
): Promise<Started> {
  if ("ref" in action) return performCompute(cloud.compute, action, requestId);
  return performNodeCare(cloud, cluster, action, requestId);
}
