/** The safety net under lost events: runs what is overdue, and documents that nobody looked at. */
import pLimit from "p-limit";
import { type Census, takeCensus } from "./census.ts";
import type { Engine } from "./engine.ts";
import { isKept, type LedgerEntry, readLedger, writeLedger } from "./ledger.ts";
import { ailingAmong } from "./node-watch.ts";
import { pass } from "./pass.ts";
import { callRoll, NO_DOCUMENT, type RollCall, type Sighting } from "./roll-call.ts";

/** A wake-up this late is lost; younger ones are left to the wake-ups themselves. */
export const OVERDUE_MS = 30_000;
/** No wait is longer (backoff.ts): a wake-up further ahead was asked for by a clock that is wrong. */
const WAKE_AHEAD_MS_MAX = 45 * 60_000;
/** All statuses are read this often, remembered or not: for those that neither a document nor the ledger tells of. */
export const WHOLE_ROLL_EVERY_MS = 24 * 3_600_000;
const CONCURRENT_PASSES_MAX = 8;
/** Longer than passes that wait for something to happen leave a cluster alone (next-wake.ts). */
const WATCHED_MS = 60_000;

export interface SweepReport {
  /** Clusters whose wake-up was overdue. */
  readonly overdue: readonly string[];
  /** Clusters whose document had changed unnoticed, or was gone. */
  readonly unnoticed: readonly string[];
  /** Clusters that no pass looks at soon with a node that is not well, or whose API could not be asked. */
  readonly ailing: readonly string[];
  readonly census: Omit<Census, "changed"> & { readonly changed: readonly string[] };
}

/** Runs one pass over a cluster. */
export type RunPass = (id: string, cause: string) => Promise<unknown>;

/** `run`: where all passes of a process go through one door, it is theirs. */
export async function sweep(
  engine: Engine,
  run: RunPass = (id, cause) => pass(engine, id, cause),
): Promise<SweepReport> {
  const { store } = engine;
  const nowMs = engine.clock.nowMs();
  const ledger = await readLedger(store);
  const isWhole = nowMs - ledger.wholeMs >= WHOLE_ROLL_EVERY_MS || nowMs < ledger.wholeMs;
  const roll = await callRoll(store, ledger, isWhole);
  const overdue = overdueOf(roll, nowMs);
  const unnoticed = unnoticedOf(roll).filter((id) => !overdue.includes(id));
  await passAll(engine, run, overdue, "sweep: its wake-up was overdue");
  await passAll(engine, run, unnoticed, "sweep: its document had changed unnoticed");
  const { changed, orphans, unseen } = await takeCensus(engine, roll.clusters, ledger.entries);
  const looked = await passAll(
    engine,
    run,
    [...changed.keys()],
    "census: its resources have changed, or it was not looked at for an hour",
  );
  const passed = new Set([...overdue, ...unnoticed, ...changed.keys()]);
  const resting = [...roll.clusters].filter(
    ([id, sighting]) => isUnwatched(sighting, nowMs) && sighting.projects.length > 0 && !passed.has(id),
  );
  const ailing = await ailingAmong(engine, new Map(resting));
  await passAll(engine, run, ailing, "sweep: a node is not well or gone, or its API was not asked yet");
  // Remembered only now: a census that nobody acted on must be seen again.
  const digests = new Map([...changed].filter(([id]) => looked.has(id)));
  const entries = entriesAfter(roll, ledger.entries, digests, nowMs);
  await writeLedger(store, ledger, entries, isWhole ? nowMs : ledger.wholeMs);
  return { overdue, unnoticed, ailing, census: { changed: [...changed.keys()], orphans, unseen } };
}

/** No pass of its own looks at its nodes soon: it is at rest, or waits for a window to open. */
function isUnwatched({ isAtRest, wakeAtMs }: Sighting, nowMs: number): boolean {
  return isAtRest || (wakeAtMs !== null && wakeAtMs - nowMs > WATCHED_MS);
}

function overdueOf({ clusters }: RollCall, nowMs: number): readonly string[] {
  const isLost = (atMs: number): boolean => atMs <= nowMs - OVERDUE_MS || atMs > nowMs + WAKE_AHEAD_MS_MAX;
  return [...clusters].filter(([, { wakeAtMs }]) => wakeAtMs !== null && isLost(wakeAtMs)).map(([id]) => id);
}

/** Documents that no pass has seen as they are now, for their trigger was lost; those that are gone too. */
function unnoticedOf({ clusters, documents }: RollCall): readonly string[] {
  return [...new Set([...documents.keys(), ...clusters.keys()])].filter(
    (id) => (clusters.get(id)?.seenHash ?? "") !== (documents.get(id) ?? NO_DOCUMENT).hash,
  );
}

function entriesAfter(
  { clusters, documents }: RollCall,
  before: ReadonlyMap<string, LedgerEntry>,
  digests: ReadonlyMap<string, string>,
  nowMs: number,
): ReadonlyMap<string, LedgerEntry> {
  const entries = new Map<string, LedgerEntry>();
  for (const [id, { uid, projects, seenHash, isAtRest, wakeAtMs }] of clusters) {
    if (!isKept(id)) continue;
    const old = before.get(id);
    if (!isAtRest || wakeAtMs !== null) {
      if (old !== undefined) entries.set(id, old);
      continue;
    }
    const digest = digests.get(id);
    const looked = digest === undefined ? old : { digest, lookedMs: nowMs };
    entries.set(id, {
      uid,
      projects,
      seenHash,
      documentVersion: (documents.get(id) ?? NO_DOCUMENT).version,
      digest: looked?.digest ?? "",
      lookedMs: looked?.lookedMs ?? 0,
    });
  }
  return entries;
}

/** @returns those whose pass did not break */
async function passAll(
  engine: Engine,
  run: RunPass,
  ids: readonly string[],
  cause: string,
): Promise<ReadonlySet<string>> {
  const limit = pLimit(CONCURRENT_PASSES_MAX);
  const done = await Promise.all(ids.map((id) => limit(() => passQuietly(engine, run, id, cause))));
  return new Set(ids.filter((_id, index) => done[index]));
}

/** One cluster's trouble does not keep the others from being swept. @returns whether it had none */
async function passQuietly(engine: Engine, run: RunPass, id: string, cause: string): Promise<boolean> {
  try {
    await run(id, cause);
    return true;
  } catch (error) {
    engine.log("error", "pass failed in a sweep", { cluster: id, error: String(error) });
    return false;
  }
}
