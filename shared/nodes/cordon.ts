/**
 * Whose a cordon is. Ours carries its reason and its beginning on the Node, so that a drain is known from the cluster
 * alone, whoever began it; any other cordon is a person's and stays.
 *
 *   none ─cordon─► ours ─uncordon─► none        others: never touched
 *   ours ─somebody uncordons it─► none, marked ─marks off─► none        or their next cordon would look like ours
 */
import { readMoment } from "../spec/moment.ts";
import { CAUSES, type Cause } from "./cause.ts";

/** Says that a cordon is ours, and why it is there. */
export const CORDON_REASON_ANNOTATION = "clusterwright.dev/cordoned-because";
/** RFC 3339: when the drain began; its deadline counts from here. */
export const CORDON_SINCE_ANNOTATION = "clusterwright.dev/cordoned-since";

/** Which kind of disruption it is; absent on cordons of older versions. */
export const CORDON_CAUSE_ANNOTATION = "clusterwright.dev/cordoned-for";
/** Id of the operation that asked for it, where one did. */
export const CORDON_OPERATION_ANNOTATION = "clusterwright.dev/cordoned-by-operation";
/** RFC 3339: when nothing was left on the node that would have to leave it. */
export const DRAINED_SINCE_ANNOTATION = "clusterwright.dev/drained-since";

/** The boot that the node was drained in: another one says that its machine was restarted since. */
export const DRAINED_BOOT_ANNOTATION = "clusterwright.dev/drained-in-boot";

export interface OurCordon {
  readonly reason: string;
  readonly sinceMs: number;
  readonly cause?: Cause;
  readonly operation?: string;
  /** It is kept, drained, until others have proven themselves. */
  readonly drainedMs?: number;
  readonly drainedBoot?: string;
}
export type Cordon =
  | { readonly by: "nobody" }
  | ({ readonly by: "us" } & OurCordon)
  /** `empty`: a command drained it, and it takes no pods until somebody undoes that. */
  | { readonly by: "others"; readonly empty?: true };

export function cordonOf(
  unschedulable: boolean,
  annotations: Readonly<Record<string, string>> | undefined,
): Cordon {
  if (!unschedulable) return { by: "nobody" };
  const reason = short(annotations?.[CORDON_REASON_ANNOTATION]);
  const sinceMs = readMoment(annotations?.[CORDON_SINCE_ANNOTATION]);
  // One that somebody has edited beyond reading is no longer ours.
  if (reason === undefined || sinceMs === undefined) return { by: "others" };
  const cause = CAUSES.find((one) => one === annotations?.[CORDON_CAUSE_ANNOTATION]);
  const operation = short(annotations?.[CORDON_OPERATION_ANNOTATION]);
  const drainedMs = readMoment(annotations?.[DRAINED_SINCE_ANNOTATION]);
  const drainedBoot = short(annotations?.[DRAINED_BOOT_ANNOTATION]);
  return {
    by: "us",
    reason,
    sinceMs,
    ...(cause === undefined ? {} : { cause }),
    ...(operation === undefined ? {} : { operation }),
    ...(drainedMs === undefined ? {} : { drainedMs }),
    ...(drainedBoot === undefined ? {} : { drainedBoot }),
  };
}

/** Characters that are read of a mark. Whoever may edit a Node may write 256 KB, and the ledger keeps them. */
const MARK_LENGTH_MAX = 1_000;
function short(mark: string | undefined): string | undefined {
  return mark?.slice(0, MARK_LENGTH_MAX).toWellFormed();
}

/** Somebody else has ended a cordon of ours: kubectl leaves what we noted on the Node. */
export function isMarked(
  unschedulable: boolean,
  annotations: Readonly<Record<string, string>> | undefined,
): boolean {
  return !unschedulable && annotations?.[CORDON_REASON_ANNOTATION] !== undefined;
}

/** A JSON merge patch of a Node. With its resourceVersion, a Node that changed meanwhile refuses it. */
export interface CordonPatch {
  readonly metadata: {
    readonly resourceVersion?: string;
    /** null takes one away. */
    readonly annotations: Readonly<Record<string, string | null>>;
  };
  readonly spec?: { readonly unschedulable: boolean };
}

/** Why a node is cordoned, as it is written on it. */
export interface Why {
  readonly cause: Cause;
  readonly reason: string;
  readonly operation?: string;
}

export function cordonPatch(
  { cause, reason, operation }: Why,
  nowMs: number,
  resourceVersion: string | undefined,
): CordonPatch {
  const annotations = {
    [CORDON_REASON_ANNOTATION]: reason,
    [CORDON_SINCE_ANNOTATION]: timeOf(nowMs),
    [CORDON_CAUSE_ANNOTATION]: cause,
    [CORDON_OPERATION_ANNOTATION]: operation ?? null,
    // Of an earlier drain whose cordon somebody undid.
    [DRAINED_SINCE_ANNOTATION]: null,
    [DRAINED_BOOT_ANNOTATION]: null,
  };
  return { metadata: { ...versioned(resourceVersion), annotations }, spec: { unschedulable: true } };
}

const NO_MARKS = {
  [CORDON_REASON_ANNOTATION]: null,
  [CORDON_SINCE_ANNOTATION]: null,
  [CORDON_CAUSE_ANNOTATION]: null,
  [CORDON_OPERATION_ANNOTATION]: null,
  [DRAINED_SINCE_ANNOTATION]: null,
  [DRAINED_BOOT_ANNOTATION]: null,
};

export function uncordonPatch(resourceVersion: string | undefined): CordonPatch {
  return { ...unmarkPatch(resourceVersion), spec: { unschedulable: false } };
}

/** Takes our marks off, and leaves whether it takes pods to whoever decided that. */
export function unmarkPatch(resourceVersion: string | undefined): CordonPatch {
  return { metadata: { ...versioned(resourceVersion), annotations: NO_MARKS } };
}

/** A drain that is done, of a node that stays for a while. */
export function drainedPatch(
  nowMs: number,
  bootId: string,
  resourceVersion: string | undefined,
): CordonPatch {
  const annotations = { [DRAINED_SINCE_ANNOTATION]: timeOf(nowMs), [DRAINED_BOOT_ANNOTATION]: bootId };
  return { metadata: { ...versioned(resourceVersion), annotations } };
}

function versioned(resourceVersion: string | undefined): { readonly resourceVersion?: string } {
  return resourceVersion === undefined ? {} : { resourceVersion };
}
function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
