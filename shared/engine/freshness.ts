/** Which kinds a look looks at again, and for how long what it saw is ground to act on. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { KubernetesFacts, NodeFacts } from "../resources/resource.ts";
import type { AnyKind } from "./kind.ts";
import type { Remembered } from "./look-memory.ts";
import type { Observation } from "./observe.ts";

/** What was seen that long ago counts as seen now, unless something was begun since: a look itself takes seconds. */
export const FRESH_MS = 5_000;

/** Kinds to be looked at again. */
export interface LookList {
  readonly now: ReadonlySet<string>;
  /** Only if nodes have come or changed. */
  readonly withNews: ReadonlySet<string>;
}

/** @param ended kinds whose operations have ended: what they wait for has changed too */
export function kindsToLookAt(
  kinds: readonly AnyKind[],
  { open, unsure, byKind }: Remembered,
  {
    ended,
    nowMs,
    haste = 1,
  }: { readonly ended: ReadonlySet<string>; readonly nowMs: number; readonly haste?: number },
): LookList {
  const behind = kinds.filter(({ kind }) => ended.has(kind)).flatMap(({ watches = [] }) => watches);
  const now = new Set([...ended, ...behind, ...unsure]);
  const withNews = new Set<string>();
  for (const { kind, lookEveryMs } of kinds) {
    if (!open.has(kind) || now.has(kind)) continue;
    const before = byKind.get(kind);
    const everyMs = before?.seen === true ? (lookEveryMs?.(before.observed) ?? 0) : 0;
    const isEarly = ageMs(before, nowMs) < everyMs / haste;
    (isEarly ? withNews : now).add(kind);
  }
  return { now, withNews };
}

/**
 * Kinds of which what is known is no ground to act on: seen too long ago, or before something was begun, or only in part.
 *
 * @param looked kinds that were looked at now
 */
export function onlyRemembered(
  kinds: readonly AnyKind[],
  { byKind, actedMs }: Remembered,
  {
    looked,
    nowMs,
    haste = 1,
  }: { readonly looked: ReadonlySet<string>; readonly nowMs: number; readonly haste?: number },
): ReadonlySet<string> {
  const isGround = ({ kind, observeAgain }: AnyKind): boolean => {
    const before = byKind.get(kind);
    if (observeAgain !== undefined) return false;
    if (looked.has(kind) || before === undefined) return true;
    const isRecent = before.seen && before.lookedMs > actedMs;
    return isRecent && ageMs(before, nowMs) <= FRESH_MS / haste;
  };
  return new Set(kinds.filter((kind) => !isGround(kind)).map(({ kind }) => kind));
}

/** What could not be seen, or was seen by a clock that is ahead, is of any age. */
function ageMs(observation: Observation | undefined, nowMs: number): number {
  if (observation?.seen !== true || observation.lookedMs > nowMs) return Number.POSITIVE_INFINITY;
  return nowMs - observation.lookedMs;
}

/** Whether nodes have come, gone, or changed in what matters to those who wait for machines. */
export function haveNodesMoved(
  now: KubernetesFacts | undefined,
  before: KubernetesFacts | undefined,
): boolean {
  const rough = (facts: KubernetesFacts | undefined) => facts?.nodes.map(roughly);
  return !isDeepStrictEqual(rough(now), rough(before));
}

function roughly({ name, ready, unschedulable, bootId }: NodeFacts): readonly unknown[] {
  return [name, ready, unschedulable, bootId];
}
