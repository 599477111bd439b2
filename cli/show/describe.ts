/** One cluster on one screen. Pure. */
import color from "picocolors";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import type { ClusterView } from "../api-client.ts";
import { eventLines } from "./events.ts";
import { phaseColor } from "./progress.ts";
import { columns, sinceReady } from "./table.ts";

export function describeCluster(cluster: ClusterView, events: readonly EventRecord[], nowMs: number): string {
  const { status } = cluster;
  if (status === undefined) return `${color.bold(cluster.id)}: the control plane has not taken it in yet\n`;
  const facts = [
    ["Phase", phaseColor(status.phase)],
    ["Uid", status.uid],
    ["Kubernetes", status.pins.kubernetesVersion],
    ["Endpoint", status.endpoint ?? "none yet"],
    ["Nodes", `${status.nodes.ready} of ${status.nodes.desired} ready`],
    ["Generation", `${status.generation} (ready: ${status.readyGeneration})`],
    [
      "Next pass",
      status.wakeAtMs === null ? "when something happens" : new Date(status.wakeAtMs).toISOString(),
    ],
  ].map(([name, value]) => `${color.dim((name ?? "").padEnd(11))} ${value}\n`);
  const conditions = status.conditions.map((condition) => [
    `  ${condition.type}`,
    condition.status === "True" ? color.green("True") : color.yellow(condition.status),
    condition.reason,
    sinceReady(condition.lastTransitionTime, nowMs),
    condition.message,
  ]);
  const inventory = status.inventory
    .filter((line) => line.desired > 0 || line.observed > 0 || !line.settled)
    .map((line) => [
      `  ${line.kind}`,
      `${line.observed}/${line.desired}`,
      line.settled ? "" : color.yellow("unsettled"),
    ]);
  const failures = status.failures.map(
    (failure) =>
      `  ${color.red("!")} ${failure.key}: ${failure.message} (${failure.code}, ${failure.count}×)\n`,
  );
  return [
    `${color.bold(cluster.id)}\n`,
    ...facts,
    `\n${columns(["  CONDITION", "STATUS", "REASON", "SINCE", "MESSAGE"], conditions)}`,
    `\n${columns(["  RESOURCES", "COUNT", ""], inventory)}`,
    ...(failures.length === 0 ? [] : [`\n${color.dim("  FAILURES")}\n`, ...failures]),
    ...(events.length === 0
      ? []
      : [`\n${color.dim("  LAST EVENTS")}\n`, ...[...events].reverse().map(eventLines)]),
  ].join("");
}
