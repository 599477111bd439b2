/**
 * A look without the lease: where there is nothing to do and nothing new to say, nothing is written. A pass takes the lease
 * only in order to change something.
 */
import { isDeepStrictEqual } from "node:util";
import type { ClusterDocument, ClusterStatus } from "../status/cluster-status.ts";
import type { Inbox } from "../status/inbox.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { isHeldByAnother } from "./lease.ts";
import { lookUnlessAsBefore } from "./look.ts";
import { nextWakeMs } from "./next-wake.ts";
import { clusterPath, inboxPath, statusPath } from "./paths.ts";
import type { Look } from "./plan-look.ts";
import { conclude } from "./round.ts";
import { takeIn } from "./take-in.ts";
import type { Work } from "./work.ts";

export type Glance =
  | { readonly verdict: "absent" }
  /** All is as the status says; `wakeAtMs` is when to look again. */
  | { readonly verdict: "quiet"; readonly status: ClusterStatus; readonly wakeAtMs: number | null }
  /** There is something to do or to say, as long as both documents are still of these versions. */
  | { readonly verdict: "due"; readonly seen: Look; readonly versions: Versions }
  /** All is as the status says, but when to look again must be written. */
  | { readonly verdict: "as-before"; readonly versions: Versions }
  /** The document says something new, or another pass is at work: the lease comes first. */
  | { readonly verdict: "lease-first" };

/** Of the document and the status; absent where there is none. */
export interface Versions {
  readonly document: string | undefined;
  readonly status: string | undefined;
}

/**
 * How far the stored wake-up may fall behind while nothing is written. Less than OVERDUE_MS (sweep.ts), so that no sweep
 * takes a cluster for forgotten that is only waiting.
 */
const UNWRITTEN_WAKE_MS_MAX = 20_000;
/** Clocks of a cloud's machines and its database differ by less. */
const CLOCK_SLACK_MS = 2_000;

export async function glance(engine: Engine, id: string, deadline: Deadline): Promise<Glance> {
  const [document, current, inbox] = await Promise.all([
    engine.store.get<ClusterDocument>(clusterPath(id)),
    engine.store.get<ClusterStatus>(statusPath(id)),
    engine.store.get<Inbox>(inboxPath(id)),
  ]);
  if (document === undefined && current === undefined) return { verdict: "absent" };
  if (current === undefined) return { verdict: "lease-first" };
  const nowMs = engine.clock.nowMs();
  const status = current.data;
  if (isHeldByAnother(status.lease, engine.holder(), nowMs)) return { verdict: "lease-first" };
  const work = takeIn(engine, id, document, status, inbox?.data, nowMs);
  const spec = work.status.accepted;
  if (spec === undefined || isNews(work, status)) return { verdict: "lease-first" };
  const seen = await lookUnlessAsBefore(engine, id, spec, work, deadline);
  // By a clock that is behind, the next look would always be due at once. A pass that saves learns the store's time.
  const mayRest = nowMs >= current.updatedMs - CLOCK_SLACK_MS;
  const versions = { document: document?.version, status: current.version };
  if (seen === undefined) {
    const wakeAtMs = nextWakeMs(status, engine.clock.nowMs(), engine.haste);
    if (mayRest && isNear(wakeAtMs, status.wakeAtMs)) return { verdict: "quiet", status, wakeAtMs };
    return { verdict: "as-before", versions };
  }
  if (seen.plan.due.length === 0) {
    const { work: after, gone } = conclude(engine, seen, []);
    const wakeAtMs = nextWakeMs(after.status, engine.clock.nowMs(), engine.haste);
    const asBefore = after.lines.length === 0 && isDeepStrictEqual(after.status, status);
    const isQuiet = asBefore && !gone && mayRest && isNear(wakeAtMs, status.wakeAtMs);
    if (isQuiet) return { verdict: "quiet", status, wakeAtMs };
  }
  return { verdict: "due", seen, versions };
}

/** Something was taken in that the status does not have yet: what came into the inbox, another spec, a time that is over. */
export function isNews(taken: Work, status: ClusterStatus | undefined): boolean {
  return taken.lines.length > 0 || !isDeepStrictEqual(taken.status, status);
}

function isNear(wakeAtMs: number | null, storedMs: number | null): boolean {
  if (wakeAtMs === null || storedMs === null) return wakeAtMs === storedMs;
  return wakeAtMs - storedMs <= UNWRITTEN_WAKE_MS_MAX;
}
