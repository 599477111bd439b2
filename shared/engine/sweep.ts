/** The safety net under lost events: runs what is overdue, and documents that nobody looked at. */
import pLimit from "p-limit";
import type { Document, Query } from "../ports/store.ts";
import type { ClusterDocument, ClusterStatus } from "../status/cluster-status.ts";
import { type CensusRecord, type CensusReport, takeCensus } from "./census.ts";
import type { Engine } from "./engine.ts";
import { pass } from "./pass.ts";
import { CLUSTERS, censusPath, clusterOf, STATUS_GROUP, statusPath } from "./paths.ts";
import { contentHash } from "./request-id.ts";

/** A wake-up this late is lost; younger ones are left to the wake-ups themselves. */
export const OVERDUE_MS = 30_000;
/** No wait is longer (backoff.ts): a wake-up further ahead was asked for by a clock that is wrong. */
const WAKE_AHEAD_MS_MAX = 45 * 60_000;
const PAGE = 200;
const CONCURRENT_PASSES_MAX = 8;

export interface SweepReport {
  /** Clusters whose wake-up was overdue. */
  readonly overdue: readonly string[];
  /** Clusters whose document had changed unnoticed. */
  readonly unnoticed: readonly string[];
  readonly census: CensusReport;
}

/** Runs one pass over a cluster. */
export type RunPass = (id: string, cause: string) => Promise<unknown>;

/** `run`: where all passes of a process go through one door, it is theirs. */
export async function sweep(
  engine: Engine,
  run: RunPass = (id, cause) => pass(engine, id, cause),
): Promise<SweepReport> {
  const { statuses, censuses } = await allStatuses(engine);
  const nowMs = engine.clock.nowMs();
  const isLost = (atMs: number): boolean => atMs <= nowMs - OVERDUE_MS || atMs > nowMs + WAKE_AHEAD_MS_MAX;
  const overdue = [...statuses]
    .filter(([, status]) => status.wakeAtMs !== null && isLost(status.wakeAtMs))
    .map(([id]) => id);
  const unnoticed = (await unnoticedDocuments(engine, statuses)).filter((id) => !overdue.includes(id));
  await passAll(engine, run, overdue, "sweep: its wake-up was overdue");
  await passAll(engine, run, unnoticed, "sweep: its document had changed unnoticed");
  const census = await takeCensus(engine, statuses, censuses);
  await passAll(
    engine,
    run,
    census.changed,
    "census: its resources have changed, or it was not looked at for an hour",
  );
  return { overdue, unnoticed, census };
}

async function passAll(engine: Engine, run: RunPass, ids: readonly string[], cause: string): Promise<void> {
  const limit = pLimit(CONCURRENT_PASSES_MAX);
  await Promise.all(ids.map((id) => limit(() => passQuietly(engine, run, id, cause))));
}

/** One cluster's trouble does not keep the others from being swept. */
async function passQuietly(engine: Engine, run: RunPass, id: string, cause: string): Promise<void> {
  try {
    await run(id, cause);
  } catch (error) {
    engine.log("error", "pass failed in a sweep", { cluster: id, error: String(error) });
  }
}

interface Remembered {
  readonly statuses: ReadonlyMap<string, ClusterStatus>;
  readonly censuses: ReadonlyMap<string, CensusRecord>;
}

/** Both documents of a cluster come in one query: what it answers is paid for, so it is not read again. */
async function allStatuses(engine: Engine): Promise<Remembered> {
  const statuses = new Map<string, ClusterStatus>();
  const censuses = new Map<string, CensusRecord>();
  const query: Query = { group: STATUS_GROUP, limit: PAGE };
  for await (const { path, data } of pages<ClusterStatus | CensusRecord>(engine, query)) {
    const id = clusterOf(path);
    if (id !== undefined && path === statusPath(id)) statuses.set(id, data as ClusterStatus);
    if (id !== undefined && path === censusPath(id)) censuses.set(id, data as CensusRecord);
  }
  return { statuses, censuses };
}

/** Documents that no pass has seen as they are now: their trigger was lost. */
async function unnoticedDocuments(
  engine: Engine,
  statuses: ReadonlyMap<string, ClusterStatus>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { path, data } of pages<ClusterDocument>(engine, { collection: CLUSTERS, limit: PAGE })) {
    const id = clusterOf(path);
    if (id !== undefined && statuses.get(id)?.seenHash !== contentHash(data)) found.push(id);
  }
  return found;
}

async function* pages<T>(engine: Engine, query: Query): AsyncGenerator<Document<T>> {
  let page: string | undefined;
  do {
    const answer = await engine.store.query<T>(page === undefined ? query : { ...query, page });
    yield* answer.documents;
    page = answer.nextPage;
  } while (page !== undefined);
}
