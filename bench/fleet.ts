/** Fleets for measurements: one-node clusters or clusters with pools, created and brought to rest under virtual time. */
import type { ClusterDocument, ClusterStatus } from "../shared/status/cluster-status.ts";
import { createPlane, type Plane, type PlaneOptions } from "../simulation/plane.ts";
import { PROJECT } from "../simulation/world.ts";
import { DEFAULT_RATES, type RateGroup } from "../simulator/compute/rate-limits.ts";

const SECOND_MS = 1_000;
/**
 * As in Cluster API's scale test with its in-memory provider: ten seconds for a machine, two each for node, API server and
 * etcd, jitter 0.2. That test has no cloud around its machines; here every other operation takes two seconds as well.
 */
export const ANCHOR_DELAYS = {
  delays: {
    pendingMs: 0,
    operationMs: () => 2 * SECOND_MS,
    provisioningMs: () => 2 * SECOND_MS,
    stagingMs: () => 2 * SECOND_MS,
    bootMs: () => 6 * SECOND_MS,
    jitter: 0.2,
  },
  softwareDelays: { installMs: 0, initMs: 4 * SECOND_MS, joinMs: 2 * SECOND_MS },
} satisfies PlaneOptions;

/** No calls are refused: for what is measured apart from quotas. */
export const UNLIMITED = Object.fromEntries(
  Object.keys(DEFAULT_RATES).map((group) => [group, Number.POSITIVE_INFINITY]),
) as Record<RateGroup, number>;

export interface SpecChanges {
  readonly pool?: object;
  readonly spec?: object;
}

/** One control-plane machine; `workers` of them in one pool. */
export function clusterDocument(
  name: string,
  workers = 0,
  { pool = {}, spec: more = {} }: SpecChanges = {},
): ClusterDocument {
  const spec = {
    name,
    engine: "gce",
    project: PROJECT,
    region: "europe-west4",
    kubernetes: { version: "1.36" },
    controlPlane: { replicas: 1 },
    nodePools: [{ name: "general", size: workers, ...pool }],
    deletionProtection: false,
    ...more,
  };
  return { spec } as unknown as ClusterDocument;
}

export const clusterNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `c${index}`);

export interface Fleet {
  readonly plane: Plane;
  readonly passes: () => number;
  /** Virtual time from the write to the first Ready, by cluster. */
  readonly readyAfterMs: ReadonlyMap<string, number>;
  /** Writes all documents at once and lets time pass until every cluster is at rest. @throws Error when one is not Ready */
  create(names: readonly string[], workers?: number, changes?: SpecChanges): Promise<void>;
  /** Lets time pass until no pass is asked for. */
  rest(): Promise<void>;
  /** Lets time pass until `work` has ended: what waits for a list that it shares with others needs that. */
  during(work: Promise<unknown>): Promise<void>;
}

const REST_LIMIT_MS = 6 * 3_600 * SECOND_MS;

export function createFleet(options: PlaneOptions): Fleet {
  const readyAfterMs = new Map<string, number>();
  const written = new Map<string, number>();
  let passes = 0;
  const plane = createPlane({
    isPaced: true,
    ...options,
    onPass: (id, outcome, tookMs) => {
      passes += 1;
      options.onPass?.(id, outcome, tookMs);
      if (outcome.outcome !== "saved" || outcome.status.phase !== "Ready" || readyAfterMs.has(id)) return;
      readyAfterMs.set(id, plane.clock.nowMs() - (written.get(id) ?? 0));
    },
  });
  const rest = async (): Promise<void> => {
    await plane.clock.runUntil(() => plane.awake() === 0, {
      untilMs: plane.clock.nowMs() + REST_LIMIT_MS,
    });
  };
  const during = async (work: Promise<unknown>): Promise<void> => {
    let ended = false;
    const watched = work.finally(() => {
      ended = true;
    });
    await plane.clock.runUntil(() => ended, { untilMs: plane.clock.nowMs() + REST_LIMIT_MS });
    await watched;
  };
  return {
    plane,
    during,
    passes: () => passes,
    readyAfterMs,
    rest,
    create: async (names, workers = 0, changes = {}) => {
      const writes = names.map((name) => {
        written.set(name, plane.clock.nowMs());
        return plane.write(name, clusterDocument(name, workers, changes));
      });
      await during(Promise.all(writes));
      await rest();
      for (const name of names) mustBeReady(name, await plane.status(name));
    },
  };
}

function mustBeReady(name: string, status: ClusterStatus | undefined): void {
  if (status?.phase === "Ready") return;
  throw new Error(`${name} is ${status?.phase ?? "absent"}: ${JSON.stringify(status?.conditions)}`);
}
