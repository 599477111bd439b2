/**
 * What Firestore triggers, Cloud Tasks and Cloud Scheduler do in a deployment, in one process: every written document,
 * every wake-up and every sweep becomes a pass; one at a time for a cluster, a few at a time in all.
 */
import pLimit from "p-limit";
import type { Engine } from "../../shared/engine/engine.ts";
import { pass } from "../../shared/engine/pass.ts";
import { CLUSTERS, clusterOf } from "../../shared/engine/paths.ts";
import { sweep } from "../../shared/engine/sweep.ts";

export const SWEEP_EVERY_MS = 60_000;
/** Beside a simulated cloud, whose machines die and are replaced within seconds, nobody shall wait a minute for a look at them. */
const HASTY_SWEEP_EVERY_MS = 5_000;
/** A pass that threw (a full disk, a mistake of ours) is tried again after this. */
const RETRY_MS = 5_000;
const CONCURRENT_PASSES_MAX = 8;

export interface Dispatcher {
  /** Resolves when a pass that began after this call has ended. Never rejects. */
  request(clusterId: string, cause: string): Promise<void>;
  /** No new pass begins; resolves when the running ones have ended. */
  stop(): Promise<void>;
}

export function startDispatcher(engine: Engine): Dispatcher {
  const limit = pLimit(CONCURRENT_PASSES_MAX);
  /** `running ─request─► running, again ─end─► running ─end─► idle` by cluster. */
  const running = new Map<string, { again: string | undefined; done: Promise<void> }>();
  const retries = new Map<string, () => void>();
  let stopped = false;

  const retryLater = (id: string): void => {
    if (stopped || retries.has(id)) return;
    const again = (): void => {
      retries.delete(id);
      void request(id, "the pass before failed");
    };
    retries.set(id, engine.clock.after(RETRY_MS, again));
  };
  const runOnce = async (id: string, cause: string): Promise<void> => {
    if (stopped) return;
    try {
      await pass(engine, id, cause);
    } catch (error) {
      engine.log("error", "pass failed", { cluster: id, error: describe(error) });
      retryLater(id);
    }
  };
  const run = async (id: string, cause: string): Promise<void> => {
    const entry = running.get(id);
    for (let next: string | undefined = cause; next !== undefined && !stopped; ) {
      await limit(() => runOnce(id, next as string));
      next = entry?.again;
      if (entry !== undefined) entry.again = undefined;
    }
    running.delete(id);
  };
  const request = (id: string, cause: string): Promise<void> => {
    if (stopped) return Promise.resolve();
    const current = running.get(id);
    if (current !== undefined) {
      current.again = cause;
      return current.done;
    }
    const entry = { again: undefined, done: Promise.resolve() };
    running.set(id, entry);
    entry.done = run(id, cause);
    return entry.done;
  };

  const unwatch = engine.store.watch(CLUSTERS, (changed) => {
    for (const path of changed) {
      const id = clusterOf(path);
      if (id !== undefined) void request(id, "document written");
    }
  });
  const sweepEveryMs = engine.haste === undefined ? SWEEP_EVERY_MS : HASTY_SWEEP_EVERY_MS;
  let cancelSweep = (): void => {};
  let sweeping: Promise<void> = Promise.resolve();
  const sweepLater = (delayMs: number): void => {
    cancelSweep = engine.clock.after(delayMs, () => {
      sweeping = sweepQuietly(engine, request).then(() => {
        if (!stopped) sweepLater(sweepEveryMs);
      });
    });
  };
  sweepLater(sweepEveryMs);

  return {
    request,
    stop: async () => {
      stopped = true;
      unwatch();
      cancelSweep();
      for (const cancel of retries.values()) cancel();
      await Promise.all([sweeping, ...[...running.values()].map((entry) => entry.done)]);
    },
  };
}

/** Its passes go through the same door as all others: two at once of one process would hold the same lease. */
async function sweepQuietly(engine: Engine, run: Dispatcher["request"]): Promise<void> {
  try {
    await sweep(engine, run);
  } catch (error) {
    engine.log("error", "sweep failed", { error: describe(error) });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
