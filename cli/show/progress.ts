/** The progress of a cluster as lines: a mark a kind of resource, and what is waited for. Pure. */
import color from "picocolors";
import type { InventoryLine } from "../../shared/status/cluster-status.ts";
import type { ClusterView } from "../api-client.ts";

export function progressLines(cluster: ClusterView, elapsedMs: number): readonly string[] {
  const { status } = cluster;
  if (status === undefined)
    return [`${color.dim("…")} ${cluster.id}: waiting for the control plane to take it in`];
  const kinds = status.inventory.map((line) => kindLine(line, status.deleting));
  const waits = status.conditions
    .filter(
      (condition) => condition.status !== "True" && condition.message !== "" && SHOWN.has(condition.type),
    )
    .map((condition) => `  ${color.yellow("…")} ${condition.message}`);
  const head = `${color.bold(cluster.id)} ${phaseColor(status.phase)}${status.endpoint === undefined ? "" : `  ${color.dim(status.endpoint)}`}`;
  const tail = process.stdout.isTTY ? [color.dim(`  ${Math.round(elapsedMs / 1000)} s`)] : [];
  return [head, ...kinds.filter((line) => line !== undefined), ...new Set(waits), ...tail];
}

const SHOWN = new Set(["SpecAccepted", "NetworkReady", "ControlPlaneReady", "NodesReady", "AddonsReady"]);

function kindLine(line: InventoryLine, deleting: boolean): string | undefined {
  const name = line.kind.replaceAll("-", " ");
  if (deleting)
    return line.observed === 0 ? undefined : `  ${color.cyan("◌")} ${name}: ${line.observed} left`;
  if (line.desired === 0 && line.settled) return undefined;
  if (line.settled) return `  ${color.green("●")} ${name}`;
  const count = line.desired > 0 ? ` ${Math.min(line.observed, line.desired)}/${line.desired}` : "";
  return `  ${color.dim("○")} ${name}${count}`;
}

export function phaseColor(phase: string): string {
  if (phase === "Ready") return color.green(phase);
  if (phase === "Blocked" || phase === "Failed" || phase === "Degraded") return color.red(phase);
  return color.cyan(phase);
}
