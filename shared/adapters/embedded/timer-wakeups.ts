/**
 * The Wakeups port on a SQLite file and the clock: durable, at least once, one handler at a time for a cluster.
 *
 * none ─schedule─► pending ─due, a place is free─► running ─returned─► none
 *                     ▲                               └─threw, or the process ended─► pending, later
 * While one is running, another may be pending already: the pass asks for the next one.
 */
import type { Chance } from "../../ports/chance.ts";
import type { Clock } from "../../ports/clock.ts";
import { CloudError } from "../../ports/cloud-error.ts";
import type { Log } from "../../ports/log.ts";
import type { Wakeup, Wakeups } from "../../ports/wakeups.ts";
import { explainSqliteError, openSqliteDatabase, type SqliteOptions } from "./sqlite-database.ts";
import { createWakeupTable, type DueWakeup } from "./sqlite-wakeups.ts";

/** Handlers at once, unless told otherwise. A pass waits for the cloud most of its time. */
const RUNNING_MAX = 16;
/** Milliseconds between looks while something is pending: timers stand still while a laptop sleeps, and clocks are set. */
const LOOK_MS = 60_000;
/** Milliseconds until what the file refused, being full or locked, is tried again. */
const FILE_RETRY_MS = 5_000;
/** Milliseconds before a handler that threw runs again: half to all of this, doubled each time up to the maximum. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 300_000;

export interface TimerWakeupsOptions extends SqliteOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log?: Log;
  /** Handlers at once. */
  readonly runningMax?: number;
}
export type WakeupHandler = (wakeup: Wakeup) => Promise<void>;

export interface TimerWakeups extends Wakeups {
  /** Begins to fire, with what an earlier process left. A handler that throws is called again later. */
  start(handler: WakeupHandler): void;
  /** Fires no more, waits for the handlers that run, and closes the file. */
  stop(): Promise<void>;
}

/** Opens or creates the file; it may be the documents' own. @throws CloudError unavailable */
export function openTimerWakeups(options: TimerWakeupsOptions): TimerWakeups {
  const { clock, chance, log, runningMax = RUNNING_MAX } = options;
  const database = mapErrors(() => openSqliteDatabase(options));
  const table = createWakeupTable(database);
  const running = new Set<Promise<void>>();
  let handler: WakeupHandler | undefined;
  let disarm = () => {};

  const guarded = (what: string, step: () => void): boolean => {
    try {
      step();
      return true;
    } catch (error) {
      log?.("error", what, { error: explainSqliteError(error) });
      return false;
    }
  };
  const armIn = (delayMs: number) => {
    disarm();
    disarm = clock.after(Math.min(Math.max(0, delayMs), LOOK_MS), look);
  };
  const arm = () => {
    disarm();
    if (handler === undefined || running.size >= runningMax) return;
    const readable = guarded("could not read the wake-ups, trying again", () => {
      const nextMs = table.nextMs();
      if (nextMs !== undefined) armIn(nextMs - clock.nowMs());
    });
    if (!readable) armIn(FILE_RETRY_MS);
  };
  const look = () => {
    const current = handler;
    if (current === undefined) return;
    const begun = guarded("could not begin the wake-ups that are due, trying again", () => {
      for (const wakeup of table.begin(clock.nowMs(), runningMax - running.size)) run(current, wakeup);
    });
    if (begun) arm();
    else armIn(FILE_RETRY_MS);
  };
  const run = (current: WakeupHandler, wakeup: DueWakeup) => {
    const { clusterId, atMs, cause } = wakeup;
    const work = current({ clusterId, atMs, cause })
      .then(
        () => settle(() => table.finish(clusterId)),
        (error: unknown) => {
          const delayMs = retryDelayMs(wakeup.failures, chance.fraction());
          log?.("error", "a pass threw, running it again", {
            cluster: clusterId,
            delayMs,
            error: String(error),
          });
          return settle(() => table.retry(wakeup, clock.nowMs() + delayMs));
        },
      )
      .finally(() => {
        running.delete(work);
        arm();
      });
    running.add(work);
  };
  /** A full file must not lose the end of a handler: its cluster would wait for the next start. */
  const settle = async (step: () => void): Promise<void> => {
    while (!guarded("could not save that a pass ended, trying again", step) && handler !== undefined) {
      await new Promise<void>((resolve) => clock.after(FILE_RETRY_MS, resolve));
    }
  };

  return {
    schedule: async (wakeup) => {
      if (!Number.isFinite(wakeup.atMs)) {
        throw new CloudError("invalid", `a wake-up at ${wakeup.atMs} is not a time`, {
          target: wakeup.clusterId,
        });
      }
      mapErrors(() => table.schedule(wakeup));
      arm();
    },
    cancel: async (clusterId) => {
      mapErrors(() => table.cancel(clusterId));
      arm();
    },
    start: (given) => {
      if (handler === undefined) mapErrors(() => table.recover());
      handler = given;
      arm();
    },
    stop: async () => {
      handler = undefined;
      disarm();
      await Promise.all(running);
      if (database.isOpen) database.close();
    },
  };
}

function retryDelayMs(failures: number, fraction: number): number {
  const longestMs = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** failures);
  return Math.ceil((longestMs * (1 + fraction)) / 2);
}

function mapErrors<R>(step: () => R): R {
  try {
    return step();
  } catch (error) {
    throw new CloudError("unavailable", `wake-ups in SQLite: ${explainSqliteError(error)}`, { cause: error });
  }
}
