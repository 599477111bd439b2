/** The control plane and the simulated cloud in one process under virtual time: no socket, no file, no real timer. */
import { shareReads } from "../shared/adapters/shared-reads.ts";
import type { Engine } from "../shared/engine/engine.ts";
import { type PassOutcome, pass } from "../shared/engine/pass.ts";
import { clusterPath, statusPath } from "../shared/engine/paths.ts";
import type { Compute } from "../shared/ports/compute.ts";
import type { Log } from "../shared/ports/log.ts";
import type { ClusterDocument, ClusterStatus } from "../shared/status/cluster-status.ts";
import { createSeededChance } from "../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../simulator/clock.ts";
import type { SimulatedCloud } from "../simulator/cloud.ts";
import { machineEventOf, pushed } from "./machine-event.ts";
import { meterMutations } from "./metered.ts";
import { nodeJoinOf } from "./node-join.ts";
import { createVirtualWakeups } from "./wakeups.ts";
import { createWorld, type WorldOptions } from "./world.ts";

/** A moment at which the Kubernetes versions of the examples are supported. */
export const START_MS = Date.parse("2026-11-01T12:00:00Z");

/** From a machine's event to its push: a log sink takes about a second, Pub/Sub little. */
const PUSH_MS = 1_000;
/** Pub/Sub's first retry, by the subscription in terraform/. */
const PUSH_RETRY_MS = 1_000;

export interface PlaneOptions
  extends Pick<
    WorldOptions,
    "delays" | "rates" | "softwareDelays" | "quotas" | "projects" | "sharedNetworkProjects" | "wrap"
  > {
  readonly seed?: number;
  readonly startMs?: number;
  /**
   * Reads are shared and mutations paced, as in the process of a deployed function. A pass may then wait for time to go by:
   * whoever awaits one must let it.
   */
  readonly isPaced?: boolean;
  /** Called at the end of every pass. `tookMs`: virtual time that it waited, as one does whose calls are paced. */
  readonly onPass?: (id: string, outcome: PassOutcome, tookMs: number) => void;
}

export interface Plane {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly cloud: SimulatedCloud;
  /** Log lines at warning and above. */
  readonly complaints: string[];
  /** Writes a cluster document and delivers its trigger. */
  write(id: string, document: ClusterDocument): Promise<void>;
  /** Runs one pass now. */
  pass(id: string, cause: string): Promise<void>;
  status(id: string): Promise<ClusterStatus | undefined>;
  /** Wake-ups that are pending, and passes that run. */
  awake(): number;
}

export function createPlane(options: PlaneOptions = {}): Plane {
  const { seed = 1 } = options;
  const clock = createVirtualClock(options.startMs ?? START_MS);
  const complaints: string[] = [];
  const log: Log = (level, message, fields) => {
    if (level === "warning" || level === "error") complaints.push(`${message} ${JSON.stringify(fields)}`);
  };
  let running = 0;
  const runPass = async (id: string, cause: string): Promise<void> => {
    running += 1;
    const beganMs = clock.nowMs();
    try {
      const outcome = await pass(engine, id, cause);
      options.onPass?.(id, outcome, clock.nowMs() - beganMs);
    } finally {
      running -= 1;
    }
  };
  const wakeups = createVirtualWakeups(clock, (id, cause) => void runPass(id, cause));
  const { cloud, engine, bareStore } = createWorld({
    ...options,
    clock,
    chance: createSeededChance(seed),
    cloudChance: createSeededChance(seed + 1),
    log,
    wakeups,
    post: (_url, token, body) => join(token, body),
    onLogEntry: (entry) => void clock.after(PUSH_MS, () => push(pushed(entry))),
    ...(options.isPaced === true
      ? { adapter: (compute: Compute) => shareReads(meterMutations(compute, clock), clock) }
      : {}),
  });
  const join = nodeJoinOf(engine);
  const machineEvent = machineEventOf(engine);
  const push = (body: string): void => {
    running += 1;
    void machineEvent(body).then((status) => {
      running -= 1;
      if (status !== 200) clock.after(PUSH_RETRY_MS, () => push(body));
    });
  };
  return {
    engine,
    clock,
    cloud,
    complaints,
    pass: runPass,
    status: async (id) => (await bareStore.get<ClusterStatus>(statusPath(id)))?.data,
    write: async (id, document) => {
      await engine.store.transact(async (transaction) => transaction.set(clusterPath(id), { ...document }));
      await runPass(id, "document written");
    },
    awake: () => wakeups.count() + running,
  };
}
