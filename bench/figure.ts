/** What a benchmark is: a measurement at one of three sizes that answers rows of one table. */

/** `quick`: seconds, to see that it works; `default`: minutes; `full`: the goals' own sizes, which may take hours. */
export type Scale = "quick" | "default" | "full";

export interface Row {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** How much was measured: "40 clusters". */
  readonly size: string;
  readonly goal?: Goal;
  /** What others reach. */
  readonly anchor?: string;
}
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export interface Figure {
  readonly name: string;
  /** What is measured, as a noun phrase. */
  readonly title: string;
  /** Node runs with the flags of the deployed functions. */
  readonly asDeployed?: boolean;
  measure(scale: Scale): Promise<readonly Row[]>;
}

export type Verdict = "met" | "short" | "no goal";

/** Pure. */
export function verdictOf({ value, goal }: Row): Verdict {
  if (goal === undefined) return "no goal";
  const met = "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
  return met ? "met" : "short";
}

/** How far a figure is from its goal: "short, ×3.2". Pure. */
export function tellVerdict(row: Row): string {
  const verdict = verdictOf(row);
  if (verdict === "no goal" || row.goal === undefined) return "";
  if (verdict === "met") return "met";
  const factor = "atMost" in row.goal ? row.value / row.goal.atMost : row.goal.atLeast / row.value;
  return Number.isFinite(factor) ? `short, ×${brief(factor)}` : "short";
}

export function tellGoal(goal: Goal | undefined): string {
  if (goal === undefined) return "";
  return "atMost" in goal ? `≤ ${brief(goal.atMost)}` : `≥ ${brief(goal.atLeast)}`;
}

/** Three significant digits, no exponent. Pure. */
export function brief(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(digits, 8));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Slope of the least-squares line through the logarithms: 1 is proportional growth. Pure. */
export function logLogSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const over = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const under = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return over / under;
}

/** The smallest value that this part of all values does not exceed. Pure. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))] ?? Number.NaN;
}
