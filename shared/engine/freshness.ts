/** Which kinds a look looks at again, and for how long what it saw is ground to act on. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { KubernetesFacts, LookAgain, NodeFacts } from "../resources/resource.ts";
import type { AnyKind } from "./kind.ts";
import type { Remembered } from "./look-memory.ts";
import type { Observation } from "./observe.ts";

/** What was seen that long ago counts as seen now, unless something was begun since: a look itself takes seconds. */
export const FRESH_MS = 5_000;

/** Kinds to be looked at again. */
export interface LookList {
  readonly now: ReadonlySet<string>;
  /** Only if nodes have come, gone or changed. */
  readonly withNews: ReadonlySet<string>;
  /** Only if nodes have gone or fallen silent. */
  readonly withLoss: ReadonlySet<string>;
}

const AT_ONCE: LookAgain = { everyMs: 0, news: "of any" };

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
  const withLoss = new Set<string>();
  for (const { kind, lookAgain } of kinds) {
    if (!open.has(kind) || now.has(kind)) continue;
    const before = byKind.get(kind);
    const { everyMs, news } = (before?.seen === true ? lookAgain?.(before.observed) : undefined) ?? AT_ONCE;
    if (ageMs(before, nowMs) >= everyMs / haste) now.add(kind);
    else (news === "of any" ? withNews : withLoss).add(kind);
  }
  for (const { kind, glancesAt } of kinds) {
    if (glancesAt === undefined || !open.has(kind)) continue;
    const before = byKind.get(glancesAt.kind);
    const everyMs = before?.seen === true ? glancesAt.everyMs(before.observed) : 0;
    if (ageMs(before, nowMs) >= everyMs / haste) now.add(glancesAt.kind);
  }
  return { now, withNews, withLoss };
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

/** Whether nodes have gone, fallen silent or rebooted: their machines may be gone. */
export function haveNodesLeft(
  now: KubernetesFacts | undefined,
  before: KubernetesFacts | undefined,
): boolean {
  const there = new Map(now?.nodes.map((node) => [node.name, node]));
  return (before?.nodes ?? []).some(({ name, ready, bootId }) => {
    const node = there.get(name);
    return node === undefined || (ready && !node.ready) || node.bootId !== bootId;
  });
}

function roughly({ name, ready, unschedulable, bootId }: NodeFacts): readonly unknown[] {
  return [name, ready, unschedulable, bootId];
}
