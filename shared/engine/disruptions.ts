/**
 * The ledger of disruptions: a pass that finds a node's entry changed writes it with its status, in one transaction. The
 * status knows a hash of each open entry, so that a pass without news reads and writes none.
 */
import type { Transaction } from "../ports/store.ts";
import type { Facts } from "../resources/resource.ts";
import { type Care, NO_CARE } from "../status/care.ts";
import { DISRUPTION_LIFETIME_MS, type Disruption, type DisruptionRecord } from "../status/disruption.ts";
import { type HeldDrain, heldEnd, heldNews } from "./held-drains.ts";
import { disruptionPath } from "./paths.ts";
import type { ClusterPlan } from "./plan.ts";
import { contentHash } from "./request-id.ts";
import { type LedgerNews, note, type Work } from "./work.ts";

/** Entries that one pass writes; the next one writes the rest. Firestore takes 500 writes a transaction. */
export const LEDGER_WRITES_MAX = 50;
type LedgerLine = Care["ledger"][number];
const NO_NEWS: LedgerNews = { changed: new Map(), ended: new Map() };

/** Takes what the plan says of pools and of nodes out of service into the status. Pure. */
export function rememberCare(work: Work, { plans }: ClusterPlan, facts: Facts, nowMs: number): Work {
  const all = [...plans.values()].map(({ plan }) => plan);
  const pools = all.find((plan) => plan.pools !== undefined)?.pools;
  const remembered = pools === undefined ? work : withCare(work, { pools });
  const disruptions = all.find((plan) => plan.disruptions !== undefined)?.disruptions;
  return disruptions === undefined ? remembered : withLedger(remembered, disruptions, facts, nowMs);
}

function withLedger(
  work: Work,
  disruptions: readonly Disruption[],
  { kubernetes }: Facts,
  nowMs: number,
): Work {
  const before = new Map((work.status.care?.ledger ?? []).map((line) => [line.node, line]));
  const after = new Map(disruptions.map((one) => [one.node, contentHash(one)]));
  const changed = disruptions
    .filter(({ node }) => before.get(node)?.digest !== after.get(node))
    .slice(0, LEDGER_WRITES_MAX);
  const ended = [...before.keys()].filter((node) => !after.has(node)).slice(0, LEDGER_WRITES_MAX);
  const told = disruptions.map(
    (one) => [one.node, heldNews(before.get(one.node) ?? {}, one, nowMs)] as const,
  );
  const held = new Map(told.map(([node, news]) => [node, news.held]));
  const lines = [
    ...told.flatMap(([, news]) => news.lines),
    ...ended.flatMap((node) => heldEnd(node, before.get(node) ?? {})),
  ];
  if (changed.length + ended.length + lines.length === 0) return work;
  const left = new Set(kubernetes?.nodes.map(({ name }) => name));
  const news = {
    changed: new Map(changed.map((one) => [one.node, one])),
    ended: new Map(ended.map((node) => [node, left.has(node) ? "uncordoned" : "gone"] as const)),
  };
  const digests = new Map([...before].map(([node, { digest }]) => [node, digest]));
  for (const { node } of changed) digests.set(node, after.get(node) ?? "");
  for (const node of ended) digests.delete(node);
  const ledger = [...digests].map(([node, digest]) => ({ node, digest, ...heldOf(held, before, node) }));
  return { ...note(withCare(work, { ledger }), ...lines), ledger: together(work.ledger ?? NO_NEWS, news) };
}

function heldOf(
  held: ReadonlyMap<string, HeldDrain>,
  before: ReadonlyMap<string, LedgerLine>,
  node: string,
): HeldDrain {
  const { node: _node, digest: _digest, ...rest } = before.get(node) ?? { node, digest: "" };
  return held.get(node) ?? rest;
}

function together(earlier: LedgerNews, later: LedgerNews): LedgerNews {
  const ended = new Map([...earlier.ended].filter(([node]) => !later.changed.has(node)));
  return {
    changed: new Map([...earlier.changed, ...later.changed]),
    ended: new Map([...ended, ...later.ended]),
  };
}

function withCare(work: Work, more: Partial<Care>): Work {
  return { ...work, status: { ...work.status, care: { ...(work.status.care ?? NO_CARE), ...more } } };
}

/** Reads the entries that end, which a transaction does first; the answer writes. */
export async function ledgerWrites(
  transaction: Transaction,
  { id, gone, nowMs }: { readonly id: string; readonly gone: boolean; readonly nowMs: number },
  work: Work,
): Promise<() => void> {
  const { status, ledger = NO_NEWS } = work;
  const ended = new Map(ledger.ended);
  // With the cluster every node goes; its entries expire like those of the others.
  if (gone)
    for (const { node } of status.care?.ledger.slice(0, LEDGER_WRITES_MAX) ?? []) ended.set(node, "gone");
  const records: DisruptionRecord[] = [];
  for (const [node, entry] of ledger.changed)
    if (!ended.has(node)) records.push(opened(entry, status.uid, nowMs));
  for (const [node, result] of ended) {
    const stored = await transaction.get<DisruptionRecord>(disruptionPath(id, node));
    const fresh = ledger.changed.get(node);
    const entry = fresh === undefined ? stored?.data : opened(fresh, status.uid, nowMs);
    if (entry !== undefined) records.push(closed(entry, result, nowMs));
  }
  return () => {
    for (const record of records) transaction.set(disruptionPath(id, record.node), { ...record });
  };
}

function opened(entry: Disruption, uid: string, nowMs: number): DisruptionRecord {
  return { schemaVersion: 1, uid, ...entry, changedMs: nowMs, endedMs: null, result: null };
}
function closed(
  entry: DisruptionRecord,
  result: NonNullable<DisruptionRecord["result"]>,
  nowMs: number,
): DisruptionRecord {
  return {
    ...entry,
    state: "ended",
    blockers: [],
    blockersMore: 0,
    changedMs: nowMs,
    endedMs: nowMs,
    result,
    expireAt: new Date(nowMs + DISRUPTION_LIFETIME_MS).toISOString(),
  };
}
