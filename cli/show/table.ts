/** Columns for the terminal. Pure. */
import type { ClusterView } from "../api-client.ts";
import { color } from "./color.ts";
import { phaseColor } from "./progress.ts";
import { age, visibleLength } from "./text.ts";

export const NO_CLUSTERS =
  "There are no clusters yet. Try: npx clusterwright apply examples/quickstart.yaml\n";

export function clusterTable(clusters: readonly ClusterView[], nowMs: number, wide = false): string {
  const head = ["NAME", "PHASE", "VERSION", "NODES", "ENDPOINT", "SINCE"];
  const rows = clusters.map((cluster) => {
    const { id, status } = cluster;
    const ready = status?.conditions.find(({ type }) => type === "Ready");
    const row = [
      id,
      phaseColor(status?.phase ?? "Pending"),
      status?.pins.kubernetesVersion ?? "",
      status === undefined ? "" : `${status.nodes.ready}/${status.nodes.desired}`,
      status?.endpoint ?? "",
      age(ready?.lastTransitionTime, nowMs),
    ];
    return wide
      ? [
          ...row,
          specText(cluster, "project"),
          specText(cluster, "region"),
          status?.uid ?? "",
          ready?.message ?? "",
        ]
      : row;
  });
  return columns(wide ? [...head, "PROJECT", "REGION", "UID", "MESSAGE"] : head, rows);
}

function specText({ spec }: ClusterView, field: string): string {
  if (typeof spec !== "object" || spec === null) return "";
  const value = (spec as Readonly<Record<string, unknown>>)[field];
  return typeof value === "string" ? value : "";
}

export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) =>
    Math.max(visibleLength(title), ...rows.map((row) => visibleLength(row[index] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    `${row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - visibleLength(cell)))
      .join("  ")
      .trimEnd()}\n`;
  return line(head.map((title) => color.dim(title))) + rows.map(line).join("");
}
