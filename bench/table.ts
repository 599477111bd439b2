/** Prints rows as a table for people, in columns as wide as what is in them. Pure. */
import { brief, type Row, tellGoal, tellVerdict } from "./figure.ts";

const HEADINGS = ["figure", "measured", "at", "goal", "verdict", "anchor"] as const;

export function table(title: string, rows: readonly Row[]): string {
  const lines = [[...HEADINGS], ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [title, drawn[0], rule, ...drawn.slice(1), ""].join("\n");
}

function cells(row: Row): string[] {
  const measured = `${brief(row.value)} ${row.unit}`.trim();
  return [row.figure, measured, row.size, tellGoal(row.goal), tellVerdict(row), row.anchor ?? ""];
}
