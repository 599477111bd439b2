/** The control plane and the simulated cloud in one process under virtual time: no socket, no file, no real timer. */
import type { Hono } from "hono";
import { createNodeJoin } from "../functions/node-join.ts";
import { openSqliteStore } from "../shared/adapters/embedded/sqlite-store.ts";
import type { Cloud, Engine } from "../shared/engine/engine.ts";
import { clusterKinds, createCloudKinds } from "../shared/engine/kinds.ts";
import { type PassOutcome, pass } from "../shared/engine/pass.ts";
import { clusterPath, statusPath } from "../shared/engine/paths.ts";
import type { Log } from "../shared/ports/log.ts";
import type { Store } from "../shared/ports/store.ts";
import type { ClusterDocument, ClusterStatus } from "../shared/status/cluster-status.ts";
import { createSeededChance } from "../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../simulator/clock.ts";
import { type CloudOptions, createSimulatedCloud, type SimulatedCloud } from "../simulator/cloud.ts";
import type { ComputeService } from "../simulator/compute/call.ts";
import { computePort } from "../simulator/compute/port.ts";
import { kubernetesPort } from "../simulator/kubernetes-port.ts";
import { createSecretsPort } from "../simulator/secrets/port.ts";
import { trustingIdentity } from "./trusting-identity.ts";

export const PROJECT = "demo-project";
/** A moment at which the Kubernetes versions of the examples are supported. */
export const START_MS = Date.parse("2026-11-01T12:00:00Z");
const JOIN_URL = "https://join.example";

export interface PlaneOptions extends Pick<CloudOptions, "delays" | "rates" | "softwareDelays" | "quotas"> {
  readonly seed?: number;
  readonly startMs?: number;
  /** Projects that exist. Default: that of the examples. */
  readonly projects?: readonly string[];
  /** Host projects whose networks clusters may be put into. Default: none. */
  readonly sharedNetworkProjects?: readonly string[];
  /** Stands between the control plane and its store or cloud: to count, to delay, to break. */
  readonly wrap?: {
    readonly store?: (store: Store) => Store;
    readonly cloud?: (cloud: Cloud) => Cloud;
    /** Every request to Compute Engine, pages and polls one by one. */
    readonly compute?: (service: ComputeService) => ComputeService;
  };
  /** Called at the end of every pass. */
  readonly onPass?: (id: string, outcome: PassOutcome) => void;
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
  /** Clusters that have a wake-up pending. */
  awake(): number;
}

export function createPlane(options: PlaneOptions = {}): Plane {
  const { seed = 1 } = options;
  const clock = createVirtualClock(options.startMs ?? START_MS);
  const chance = createSeededChance(seed);
  const complaints: string[] = [];
  const log: Log = (level, message, fields) => {
    if (level === "warning" || level === "error") complaints.push(`${message} ${JSON.stringify(fields)}`);
  };
  let join: Hono | undefined;
  const cloud = createSimulatedCloud({
    ...options,
    clock,
    chance: createSeededChance(seed + 1),
    projects: options.projects ?? [PROJECT],
    post: async (url, token, body) => {
      const answer = await join?.request(url, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: answer?.status ?? 503, body: await answer?.json() };
    },
    fetch: async () => ({ status: 200 }),
  });
  const bare = openSqliteStore({ file: ":memory:", clock, chance });
  const store = options.wrap?.store?.(bare) ?? bare;
  const ports: Cloud = {
    compute: computePort(options.wrap?.compute?.(cloud.compute.service) ?? cloud.compute.service),
    secrets: createSecretsPort(cloud.secrets),
    kubernetes: kubernetesPort(cloud),
  };
  const pending = new Map<string, () => void>();
  const runPass = async (id: string, cause: string): Promise<void> => {
    const outcome = await pass(engine, id, cause);
    options.onPass?.(id, outcome);
  };
  const cancel = (id: string): void => {
    pending.get(id)?.();
    pending.delete(id);
  };
  const engine: Engine = {
    store,
    clock,
    chance,
    log,
    wakeups: {
      schedule: async ({ clusterId, atMs, cause }) => {
        cancel(clusterId);
        const wake = () => {
          pending.delete(clusterId);
          void runPass(clusterId, cause);
        };
        pending.set(clusterId, clock.after(Math.max(0, atMs - clock.nowMs()), wake));
      },
      cancel: async (clusterId) => cancel(clusterId),
    },
    cloud: options.wrap?.cloud?.(ports) ?? ports,
    cloudKinds: createCloudKinds({ chance, clock }),
    clusterKinds,
    joinUrl: JOIN_URL,
    sharedNetworkProjects: options.sharedNetworkProjects ?? [],
    holder: () => "simulated",
  };
  join = createNodeJoin({ engine, identity: trustingIdentity });
  return {
    engine,
    clock,
    cloud,
    complaints,
    pass: runPass,
    status: async (id) => (await bare.get<ClusterStatus>(statusPath(id)))?.data,
    write: async (id, document) => {
      await store.transact(async (transaction) => transaction.set(clusterPath(id), { ...document }));
      await runPass(id, "document written");
    },
    awake: () => pending.size,
  };
}
