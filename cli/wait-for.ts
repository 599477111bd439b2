/** Waits for a cluster with live progress: what is done, what is waited for, and why. */
import { setTimeout as sleep } from "node:timers/promises";
import { haltIn } from "../shared/status/condition.ts";
import type { ApiClient, ClusterView } from "./api-client.ts";
import { CommandError, Interrupted, Unreachable } from "./command-error.ts";
import { color } from "./show/color.ts";
import { createLiveProgress } from "./show/live-text.ts";
import { standing, summary } from "./show/progress.ts";
import { span } from "./show/text.ts";

const POLL_MS = 500;
/** A control plane that starts again is back by then. */
const UNREACHABLE_MAX_MS = 30_000;
/** What only a person can mend is told after this, when nobody is there who would. */
const BLOCKED_MAX_MS = 10_000;

export interface WaitOptions {
  readonly what: "ready" | "deleted";
  readonly timeoutMs: number;
  /** When it was asked for: of several clusters, the later ones come up while the first is waited for. Default: now. */
  readonly sinceMs?: number;
  /** Wait until a newer generation than this was taken in. */
  readonly pastGeneration?: number;
  /** Give up soon when only a person could go on. */
  readonly unattended?: boolean;
  readonly signal?: AbortSignal;
}

/** @throws CommandError after the timeout, when there is no such cluster, or when nobody answers any more */
export async function waitFor(api: ApiClient, name: string, options: WaitOptions): Promise<void> {
  const startMs = options.sinceMs ?? Date.now();
  const live = createLiveProgress(process.stdout);
  let last: ClusterView | undefined;
  let unreachableSinceMs: number | undefined;
  let blockedSinceMs: number | undefined;
  try {
    for (;;) {
      const nowMs = Date.now();
      const elapsedMs = nowMs - startMs;
      try {
        const cluster = await api.get(name);
        unreachableSinceMs = undefined;
        if (reached(cluster, options)) {
          last = cluster;
          break;
        }
        if (cluster === undefined) throw new CommandError(gone(name, last));
        last = taken(cluster, options);
        blockedSinceMs = cluster.status?.phase === "Blocked" ? (blockedSinceMs ?? nowMs) : undefined;
        live.show(last, elapsedMs, standing(last));
      } catch (error) {
        unreachableSinceMs ??= nowMs;
        if (!(error instanceof Unreachable) || last === undefined) throw error;
        if (nowMs - unreachableSinceMs > UNREACHABLE_MAX_MS) throw error;
        live.show(last, elapsedMs, "the control plane does not answer; trying again");
      }
      if (isHalted(last)) throw new CommandError(`cluster ${name} cannot go on by itself${because(last)}`);
      if (
        options.unattended === true &&
        blockedSinceMs !== undefined &&
        nowMs - blockedSinceMs > BLOCKED_MAX_MS
      )
        throw new CommandError(`cluster ${name} cannot go on by itself${because(last)}`);
      if (elapsedMs > options.timeoutMs)
        throw new CommandError(
          `cluster ${name} is not ${options.what === "ready" ? "Ready" : "deleted"} after ${span(options.timeoutMs)}${because(last)}`,
        );
      await pause(name, options.signal);
    }
  } finally {
    live.end();
  }
  const took = span(Date.now() - startMs);
  const end =
    options.what === "ready" ? `is Ready after ${took}` : `is deleted after ${took}: nothing of it is left`;
  process.stdout.write(`${color.green("✓")} cluster ${color.bold(name)} ${end}\n`);
  if (options.what === "ready" && last !== undefined) process.stdout.write(`  ${summary(last)}\n`);
}

/** @throws Interrupted */
async function pause(name: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw new Interrupted(`stopped waiting for cluster ${name}`);
  }
}

function reached(cluster: ClusterView | undefined, { what, pastGeneration = 0 }: WaitOptions): boolean {
  if (what === "deleted") return cluster === undefined;
  const status = cluster?.status;
  return (
    status?.phase === "Ready" &&
    status.readyGeneration === status.generation &&
    status.generation > pastGeneration
  );
}

/** It has come to rest, and not at what was asked for: only another edit goes on from there. */
function isHalted(cluster: ClusterView | undefined): boolean {
  const status = cluster?.status;
  return (
    status !== undefined &&
    status.readyGeneration === status.generation &&
    haltIn(status.conditions) !== undefined
  );
}

/** Until the change that is waited for is taken in, the status is of what was before: only a refusal concerns it. */
function taken(cluster: ClusterView, { pastGeneration = 0 }: WaitOptions): ClusterView {
  const { status, ...untold } = cluster;
  if (status === undefined || pastGeneration === 0) return cluster;
  const told = status.conditions.find(({ type }) => type === "UpToDate")?.observedGeneration ?? 0;
  if (told > pastGeneration) return cluster;
  const isRefused = status.conditions.some(
    ({ type, status: holds }) => type === "SpecAccepted" && holds === "False",
  );
  return isRefused ? cluster : untold;
}

function gone(name: string, last: ClusterView | undefined): string {
  return last === undefined ? `there is no cluster ${name}` : `cluster ${name} was deleted meanwhile`;
}

/** All that is not fine, each on a line of its own. */
function because(cluster: ClusterView | undefined): string {
  const status = cluster?.status;
  if (cluster === undefined || status === undefined) return ": the control plane has not taken it in";
  const open = status.conditions.filter(
    ({ type, status: holds, message }) => holds !== "True" && message !== "" && CAUSES.has(type),
  );
  const rest = standing(cluster);
  if (open.length === 0) return rest === undefined ? "" : `:\n  UpToDate: ${rest}`;
  return [":", ...open.map(({ type, message }) => `  ${type}: ${message}`)].join("\n");
}
const CAUSES: ReadonlySet<string> = new Set([
  "SpecAccepted",
  "NetworkReady",
  "ControlPlaneReady",
  "NodesReady",
  "AddonsReady",
]);
