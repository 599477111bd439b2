/**
 * The gates of an upgrade: whether a machine of the new template has proven itself. Pure. Once it has, the Node says so for
 * good; what becomes of it later is a matter of repair.
 *
 *   made ─joins, Ready, its daemons too, for the soak time, and the probe passes─► proven
 *   made ─readyTimeout, or restarts─► bad
 */
import { readMoment } from "../spec/moment.ts";
import type { DrainedPod } from "./pod-class.ts";
import type { Probed } from "./probe.ts";

/** Its value is the name of the template as whose machine the node has passed. */
export const PROVEN_ANNOTATION = "clusterwright.dev/proven-for";

/** A container that the kubelet has started as often is some five minutes into its back-off of 10 s, 20 s, 40 s, … */
export const RESTARTS_MAX = 5;
/** Longer than that back-off: older restarts are of another day. */
const RESTARTS_WITHIN_MS = 15 * 60_000;

/** A pod with what the gates read of it. */
export type GatePod = DrainedPod & {
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly restartCount?: number;
      readonly lastState?: { readonly terminated?: { readonly finishedAt?: string } };
    }[];
  };
};

export interface Newcomer {
  readonly name: string;
  /** When its machine was made, where that is known. */
  readonly bornMs?: number;
  /** Absent while it has not joined. */
  readonly node?: { readonly ready: boolean; readonly readySinceMs: number };
  /** All pods of the node; absent where nobody has looked. */
  readonly pods?: readonly GatePod[];
  /** What the pool's probe says; absent where it has none. */
  readonly probe?: Probed | "unseen";
}
export interface Gates {
  readonly soakMs: number;
  /** What is not well by then is bad. */
  readonly timeoutMs: number;
}
export type Judgement =
  | { readonly verdict: "proven" }
  /** As a noun phrase. */
  | { readonly verdict: "unproven"; readonly waitsFor: string }
  /** As a clause. */
  | { readonly verdict: "bad"; readonly why: string };

export function judgeNewcomer(newcomer: Newcomer, gates: Gates, nowMs: number): Judgement {
  const { name, bornMs = nowMs, node, pods, probe } = newcomer;
  const dueMs = bornMs + gates.timeoutMs;
  // What was well by then and fell ill later is not the template's fault, but for repair to mend.
  const failing = (sinceMs: number, waitsFor: string, why: string): Judgement =>
    nowMs >= dueMs && sinceMs < dueMs ? { verdict: "bad", why } : { verdict: "unproven", waitsFor };
  if (node === undefined) return failing(bornMs, `${name} to join`, `${name} never joined`);
  if (!node.ready) return failing(node.readySinceMs, `node ${name} to be Ready`, `node ${name} is not Ready`);
  if (pods === undefined) return { verdict: "unproven", waitsFor: `a look at the pods of node ${name}` };
  const daemons = pods.filter(isDaemon);
  const wild = daemons.find(
    (pod) => restartsOf(pod) >= RESTARTS_MAX && nowMs - lastEndMs(pod) < RESTARTS_WITHIN_MS,
  );
  if (wild !== undefined)
    return { verdict: "bad", why: `pod ${podName(wild)} on ${name} has restarted ${restartsOf(wild)} times` };
  const unready = daemons.find((pod) => !isReady(pod));
  if (unready !== undefined)
    return failing(
      unreadySinceMs(unready),
      `pod ${podName(unready)} of node ${name} to be Ready`,
      `pod ${podName(unready)} on ${name} is not Ready`,
    );
  const calmMs = Math.max(node.readySinceMs, ...daemons.map(lastEndMs));
  const untilMs = calmMs + gates.soakMs;
  if (nowMs < untilMs)
    return {
      verdict: "unproven",
      waitsFor: `node ${name} to be well until ${new Date(untilMs).toISOString()}`,
    };
  if (probe === undefined || (probe !== "unseen" && probe.passes)) return { verdict: "proven" };
  if (probe === "unseen") return { verdict: "unproven", waitsFor: "a look at its upgrade's probe" };
  return failing(bornMs, `the probe to pass: ${probe.why}`, `with ${name} the probe fails: ${probe.why}`);
}

function isDaemon({ metadata }: GatePod): boolean {
  return (
    metadata.ownerReferences?.some(({ kind, controller }) => kind === "DaemonSet" && controller) === true
  );
}
function isReady({ status }: GatePod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true;
}
function unreadySinceMs({ status }: GatePod): number {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return readMoment(ready?.lastTransitionTime) ?? 0;
}
function restartsOf({ status }: GatePod): number {
  return Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount));
}
/** When one of its containers ended last; the soak counts from there again. */
function lastEndMs({ status }: GatePod): number {
  const ends = (status?.containerStatuses ?? []).map(({ lastState }) =>
    readMoment(lastState?.terminated?.finishedAt),
  );
  return Math.max(0, ...ends.filter((ms) => ms !== undefined));
}
function podName({ metadata }: GatePod): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}

/** A machine that is bad, where it is, and why. */
export interface Bad {
  readonly name: string;
  readonly zone: string;
  readonly why: string;
}
/** What several bad machines have in common, as a sentence's beginning: it points at the culprit. */
export function whatTheyShare(bad: readonly Bad[], all: readonly { readonly zone: string }[]): string {
  const [first] = bad;
  if (first === undefined) return "";
  if (bad.length === 1) return first.why;
  const zones = new Set(bad.map(({ zone }) => zone));
  const kinds = new Set(
    bad.map(({ name, why }) => why.replaceAll(name, "one").replace(/(\/[a-z0-9-]+)-[a-z0-9]{5}\b/, "$1")),
  );
  const spread = new Set(all.map(({ zone }) => zone)).size > 1;
  const share = [
    "the template",
    ...(zones.size === 1 && spread ? [`the zone ${first.zone.replace("zones/", "")}`] : []),
    ...(kinds.size === 1 ? ["the trouble"] : []),
  ];
  return `${bad.length} share ${share.join(", ")}: ${bad.map(({ why }) => why).join("; ")}`;
}
