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

export function isFresh(observation: Observation | undefined, actedMs: number, nowMs: number): boolean {
  return (
    ageMs(observation, nowMs) <= FRESH_MS && observation?.seen === true && observation.lookedMs > actedMs
  );
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
