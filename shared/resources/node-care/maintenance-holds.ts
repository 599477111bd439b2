/** What windows, exclusions and pauses hold up: of a pool, and of the control plane. Pure. */
import type { Hold } from "../../nodes/hold.ts";
import { pauseHolds } from "../../nodes/pause.ts";
import { type Change, maintenanceHolds } from "../../nodes/windows.ts";
import type { Cluster } from "../resource.ts";
import { aimOf } from "../versions.ts";

export function poolMaintenanceHolds(cluster: Cluster, pool: string, nowMs: number): readonly Hold[] {
  return [
    ...pauseHolds(cluster.care?.pauses ?? [], pool, nowMs),
    ...windowsOf(cluster, { nodes: true, minor: isMinorUpgrade(cluster) }, nowMs),
  ];
}

/**
 * Of every disruptive step of the control plane: an upgrade's next version, a member's turn. Members are in no pool; a pause
 * of the cluster stops them too.
 */
export function controlPlaneHolds(cluster: Cluster, nowMs: number): readonly Hold[] {
  return [
    ...pauseHolds(cluster.care?.pauses ?? [], undefined, nowMs),
    ...windowsOf(cluster, { nodes: false, minor: isMinorStep(cluster, nowMs) }, nowMs),
  ];
}

/** Of a move to other images, which replaces machines of the control plane and of pools. */
export function imageHolds(cluster: Cluster, nowMs: number): readonly Hold[] {
  return [
    ...pauseHolds(cluster.care?.pauses ?? [], undefined, nowMs),
    ...maintenanceHolds(cluster.spec.maintenance, { nodes: true, minor: false }, nowMs),
  ];
}

/** What answers, or is pinned, is of another minor than what was asked for. */
function isMinorStep(cluster: Cluster, nowMs: number): boolean {
  const { pins, facts } = cluster;
  const { target } = aimOf(cluster, nowMs);
  const running = facts.kubernetes?.version ?? pins.kubernetesVersion;
  return [pins.kubernetesVersion, running].some((version) => minorOf(version) !== minorOf(target));
}

/** An urgent upgrade passes them, as long as its command is open. */
function windowsOf(cluster: Cluster, change: Change, nowMs: number): readonly Hold[] {
  const isUrgent = cluster.care?.commands.some(
    ({ command, urgent, begunMs }) => command === "upgrade" && urgent === true && begunMs !== undefined,
  );
  return isUrgent === true ? [] : maintenanceHolds(cluster.spec.maintenance, change, nowMs);
}

/** Some node still runs another minor than the one that was chosen. */
function isMinorUpgrade({ facts, pins }: Cluster): boolean {
  const wanted = minorOf(pins.kubernetesVersion);
  const nodes = facts.kubernetes?.nodes ?? [];
  return nodes.some(({ kubeletVersion }) => kubeletVersion !== "" && minorOf(kubeletVersion) !== wanted);
}

function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
