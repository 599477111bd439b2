/** What every simulation stands on: the simulated cloud and an engine that works in it, in one process. */
import { openSqliteStore } from "../shared/adapters/embedded/sqlite-store.ts";
import type { Cloud, Engine } from "../shared/engine/engine.ts";
import { clusterKinds, createCloudKinds } from "../shared/engine/kinds.ts";
import { createLookMemory } from "../shared/engine/look-memory.ts";
import type { Chance } from "../shared/ports/chance.ts";
import type { Compute } from "../shared/ports/compute.ts";
import type { Log } from "../shared/ports/log.ts";
import type { Store } from "../shared/ports/store.ts";
import type { Wakeups } from "../shared/ports/wakeups.ts";
import type { VirtualClock } from "../simulator/clock.ts";
import { type CloudOptions, createSimulatedCloud, type SimulatedCloud } from "../simulator/cloud.ts";
import type { ComputeService } from "../simulator/compute/call.ts";
import { computePort } from "../simulator/compute/port.ts";
import { kubernetesPort } from "../simulator/kubernetes-port.ts";
import { createSecretsPort } from "../simulator/secrets/port.ts";

export const PROJECT = "demo-project";
const JOIN_URL = "https://join.example";

export interface WorldOptions
  extends Pick<CloudOptions, "post" | "onLogEntry" | "delays" | "rates" | "softwareDelays" | "quotas"> {
  readonly clock: VirtualClock;
  /** The control plane's, and the cloud's own: what one draws changes nothing for the other. */
  readonly chance: Chance;
  readonly cloudChance: Chance;
  readonly log: Log;
  readonly wakeups: Wakeups;
  /** Projects that exist. Default: that of the examples. */
  readonly projects?: readonly string[];
  /** Host projects whose networks clusters may be put into. Default: none. */
  readonly sharedNetworkProjects?: readonly string[];
  /** What a process of the control plane has around Compute Engine's port. */
  readonly adapter?: (compute: Compute) => Compute;
  /** Stands between the control plane and its store or cloud: to count, to delay, to break. */
  readonly wrap?: Wrap | undefined;
}
export interface Wrap {
  readonly store?: (store: Store) => Store;
  readonly cloud?: (cloud: Cloud) => Cloud;
  /** Every request to Compute Engine, pages and polls one by one. */
  readonly compute?: (service: ComputeService) => ComputeService;
}

export interface World {
  readonly cloud: SimulatedCloud;
  readonly engine: Engine;
  /** The store without what was put before it. */
  readonly bareStore: Store;
}

export function createWorld(options: WorldOptions): World {
  const { clock, chance, log, wakeups, wrap } = options;
  const cloud = createSimulatedCloud({
    ...options,
    chance: options.cloudChance,
    projects: options.projects ?? [PROJECT],
    fetch: async () => ({ status: 200 }),
  });
  const bareStore = openSqliteStore({ file: ":memory:", clock, chance });
  const { service } = cloud.compute;
  const port = computePort(wrap?.compute?.(service) ?? service);
  const ports: Cloud = {
    compute: options.adapter?.(port) ?? port,
    secrets: createSecretsPort(cloud.secrets),
    kubernetes: kubernetesPort(cloud),
  };
  const engine: Engine = {
    store: wrap?.store?.(bareStore) ?? bareStore,
    clock,
    chance,
    log,
    wakeups,
    cloud: wrap?.cloud?.(ports) ?? ports,
    cloudKinds: createCloudKinds({ chance, clock }),
    clusterKinds,
    memory: createLookMemory(),
    joinUrl: JOIN_URL,
    sharedNetworkProjects: options.sharedNetworkProjects ?? [],
    holder: () => "simulated",
  };
  return { cloud, engine, bareStore };
}
