/**
 * Disruption budgets that hold drains up, as events: one when a budget begins to, one when it no longer does. Pure; what was
 * told is remembered beside the node's entry in the ledger.
 *
 *   free ─held for HELD_TOLD_MS, and no pod has left─► blocked, told ─lets go, or the drain is over─► unblocked, told
 */
import type { Care } from "../status/care.ts";
import type { EventLine } from "../status/cluster-status.ts";
import type { Disruption } from "../status/disruption.ts";

/** A pod that was evicted is mostly Ready elsewhere by then, and the budget lets the next one go: that is how drains go. */
export const HELD_TOLD_MS = 30_000;
/** Characters of a line: pods and budgets have long names. */
const NEWS_LENGTH_MAX = 400;

type LedgerLine = Care["ledger"][number];
/** What is remembered of one node; empty while no budget holds its drain. */
export type HeldDrain = Pick<LedgerLine, "heldMs" | "heldPods" | "heldBy">;

/** Of an entry that is open. */
export function heldNews(
  before: HeldDrain,
  entry: Disruption,
  nowMs: number,
): { readonly held: HeldDrain; readonly lines: readonly EventLine[] } {
  // Its drain rests, so that nobody has asked its budgets.
  if (entry.state === "waiting") return { held: before, lines: [] };
  const budgets = [...new Set(entry.blockers.flatMap((one) => one.budgets))].toSorted();
  const told = before.heldBy ?? [];
  const heldPods = entry.blockers.length + entry.blockersMore;
  // Budgets let pods go one by one: a drain with fewer of them left goes on.
  const goesOn = heldPods < (before.heldPods ?? 0);
  const heldMs = goesOn ? nowMs : (before.heldMs ?? nowMs);
  const isDue = nowMs - heldMs >= HELD_TOLD_MS;
  const begun = isDue ? budgets.filter((name) => !told.includes(name)) : [];
  const over = told.filter((name) => !budgets.includes(name));
  const heldBy = [...told.filter((name) => budgets.includes(name)), ...begun];
  return {
    held: budgets.length === 0 ? {} : { heldMs, heldPods, ...(heldBy.length === 0 ? {} : { heldBy }) },
    lines: [...over.map((name) => letGo(entry.node, name)), ...begun.map((name) => blocked(entry, name))],
  };
}

/** Of an entry that has ended. */
export function heldEnd(node: string, { heldBy = [] }: HeldDrain): readonly EventLine[] {
  return heldBy.map((name) => letGo(node, name));
}

function blocked({ node, blockers, cause }: Disruption, budget: string): EventLine {
  const first = blockers.find(({ budgets }) => budgets.includes(budget));
  const message = `the drain of node ${node} waits for budget ${budget}: ${first?.why ?? "it lets no pod go"}`;
  return {
    level: "warning",
    verb: "blocked",
    ...about(node, message),
    ...(cause === undefined ? {} : { cause }),
  };
}
function letGo(node: string, budget: string): EventLine {
  const message = `budget ${budget} no longer holds up the drain of node ${node}`;
  return { level: "info", verb: "unblocked", ...about(node, message) };
}
function about(node: string, message: string): Pick<EventLine, "key" | "message"> {
  return { key: `/api/v1/nodes/${node}`, message: message.slice(0, NEWS_LENGTH_MAX).toWellFormed() };
}
