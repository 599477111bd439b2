/** Columns for the terminal. Pure. */

import { stripVTControlCharacters } from "node:util";
import color from "picocolors";
import type { ClusterView } from "../api-client.ts";
import { phaseColor } from "./progress.ts";

export function clusterTable(clusters: readonly ClusterView[], nowMs: number): string {
  if (clusters.length === 0)
    return "There are no clusters yet. Try: clusterwright apply examples/quickstart.yaml\n";
  const rows = clusters.map(({ id, status }) => [
    id,
    phaseColor(status?.phase ?? "Pending"),
    status?.pins.kubernetesVersion ?? "",
    status === undefined ? "" : `${status.nodes.ready}/${status.nodes.desired}`,
    status?.endpoint ?? "",
    sinceReady(status?.conditions.find((condition) => condition.type === "Ready")?.lastTransitionTime, nowMs),
  ]);
  return columns(["NAME", "PHASE", "VERSION", "NODES", "ENDPOINT", "SINCE"], rows);
}

export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = (text: string): number => stripVTControlCharacters(text).length;
  const widths = head.map((title, index) =>
    Math.max(width(title), ...rows.map((row) => width(row[index] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    `${row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - width(cell)))
      .join("  ")
      .trimEnd()}\n`;
  return line(head.map((title) => color.dim(title))) + rows.map(line).join("");
}

/** `3m`, `2h`, `5d`. */
export function sinceReady(time: string | undefined, nowMs: number): string {
  if (time === undefined) return "";
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(time)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
