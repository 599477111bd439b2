/** An engine over fake kinds, SQLite in memory and virtual time. */

import { openSqliteStore } from "../../shared/adapters/embedded/sqlite-store.ts";
import type { Engine } from "../../shared/engine/engine.ts";
import { createLookMemory } from "../../shared/engine/look-memory.ts";
import { clusterPath, statusPath } from "../../shared/engine/paths.ts";
import type { Compute } from "../../shared/ports/compute.ts";
import type { KubernetesTransport } from "../../shared/ports/kubernetes.ts";
import type { Secrets } from "../../shared/ports/secrets.ts";
import type { Store } from "../../shared/ports/store.ts";
import type { Wakeup } from "../../shared/ports/wakeups.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../../simulator/clock.ts";
import type { FakeKind } from "./fake-kind.ts";
import { exampleDocument, TEST_NOW_MS } from "./specs.ts";

export const ID = "quickstart";

export interface FakeWorld {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly wakeups: Wakeup[];
  /** Sets whose name the next lease bears. */
  holder: string;
  write(document: Readonly<Record<string, unknown>>): Promise<void>;
  status(): Promise<ClusterStatus>;
}

export function fakeWorld(kinds: readonly FakeKind[]): FakeWorld {
  const clock = createVirtualClock(TEST_NOW_MS);
  const chance = createSeededChance(7);
  const store = openSqliteStore({ file: ":memory:", clock, chance });
  const wakeups: Wakeup[] = [];
  const compute = {
    operations: async (_project: string, paths: readonly string[]) =>
      paths.flatMap((path) => kinds.flatMap((kind) => kind.operations.get(path) ?? [])),
    imageFromFamily: async (project: string, family: string) => ({
      name: family,
      selfLink: `projects/${project}/global/images/${family}-1`,
    }),
  } as unknown as Compute;
  const world: FakeWorld = {
    clock,
    store,
    wakeups,
    holder: "one",
    engine: {
      store,
      clock,
      chance,
      wakeups: { schedule: async (wakeup) => void wakeups.push(wakeup), cancel: async () => {} },
      log: () => {},
      cloud: { compute, secrets: {} as Secrets, kubernetes: {} as KubernetesTransport },
      cloudKinds: kinds.map((kind) => kind.kind),
      clusterKinds: [],
      memory: createLookMemory(),
      joinUrl: "https://join.example",
      sharedNetworkProjects: [],
      holder: () => world.holder,
    },
    write: (document) => store.transact(async (transaction) => transaction.set(clusterPath(ID), document)),
    status: async () => {
      const document = await store.get<ClusterStatus>(statusPath(ID));
      if (document === undefined) throw new Error("there is no status");
      return document.data;
    },
  };
  return world;
}

/** The quickstart example as a document's data. */
export function quickstart(
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return { spec: { ...exampleDocument("quickstart"), deletionProtection: false, ...changes } };
}
