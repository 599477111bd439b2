/**
 * A control plane as deployed, on a simulated plane: every pass is a process of its own; triggers and wake-ups are
 * delivered at least once, so one whose process died or failed is delivered again; a sweep comes every minute.
 */
import type { Engine } from "../../shared/engine/engine.ts";
import { pass } from "../../shared/engine/pass.ts";
import { clusterPath } from "../../shared/engine/paths.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ClusterDocument } from "../../shared/status/cluster-status.ts";
import { createVirtualWakeups } from "../../simulation/wakeups.ts";
import type { SimulatedPlane } from "./simulated-plane.ts";
import { type PortCall, type Strike, unreliable } from "./unreliable-ports.ts";

/** Of Cloud Tasks: the first retry of a delivery that failed. */
const REDELIVERY_MS = 1_000;
/** As Cloud Scheduler calls the sweep. */
const SWEEP_MS = 60_000;

export interface Deliveries {
  /** Writes a document; its trigger comes on its own. */
  write(id: string, document: ClusterDocument): Promise<void>;
  /** No more sweeps. */
  stop(): void;
  /** Deliveries that died or failed. */
  readonly failures: Error[];
}

export function deliver(
  plane: SimulatedPlane,
  decide: (call: PortCall) => Strike | undefined,
  options: {
    readonly sweeps?: boolean;
    /** The clock of the next process; the world's own by default. */
    readonly clock?: () => Clock;
  } = {},
): Deliveries {
  const { clock } = plane;
  const failures: Error[] = [];
  let processes = 0;
  const wakeups = createVirtualWakeups(clock, (id, cause) => void run(id, cause));
  const start = (): Engine => {
    processes += 1;
    const holder = `process-${processes}`;
    const own = { ...plane.engine, wakeups, clock: options.clock?.() ?? clock };
    return { ...unreliable(own, decide), holder: () => holder };
  };
  const attempt = async (what: (engine: Engine) => Promise<unknown>): Promise<void> => {
    try {
      await what(start());
    } catch (error) {
      failures.push(error as Error);
      clock.after(REDELIVERY_MS, () => void attempt(what));
    }
  };
  const run = (id: string, cause: string): Promise<void> => attempt((engine) => pass(engine, id, cause));
  let cancelSweep = (): void => {};
  const sweepLater = (): void => {
    cancelSweep = clock.after(SWEEP_MS, () => {
      sweepLater();
      void sweep(start()).catch((error) => failures.push(error));
    });
  };
  if (options.sweeps !== false) sweepLater();
  return {
    failures,
    write: async (id, document) => {
      await plane.engine.store.transact(async (transaction) =>
        transaction.set(clusterPath(id), { ...document }),
      );
      await run(id, "document written");
    },
    stop: () => cancelSweep(),
  };
}
