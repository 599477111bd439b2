/** kill -9 of `serve` at random moments of whole lives of clusters: the end is that of lives without kills. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../../cli/api-client.ts";
import { CommandError } from "../../cli/command-error.ts";
import { createRealClock } from "../../shared/adapters/embedded/real-clock.ts";
import { openSqliteStore } from "../../shared/adapters/embedded/sqlite-store.ts";
import type { Store } from "../../shared/ports/store.ts";
import type { OperationRecord } from "../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import type { SimulatedCloud } from "../../simulator/cloud.ts";
import { type RunningCloud, startCloud } from "../../simulator/wire/start-cloud.ts";
import { byKind, type ChangeCounts, type Counts, countChanges } from "../support/change-counts.ts";
import { lifeOf, type Spec } from "../support/edits.ts";
import { temporaryFolders } from "../support/folder.ts";
import { createKiller, type Killer } from "../support/killer.ts";
import { deliver } from "../support/redelivery.ts";
import { freePort, type ServeProcess, startServe } from "../support/serve-process.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";

const KILLS = 50;
const SEED = Number(process.env["CLUSTERWRIGHT_SEED"] ?? 41);
const NAMES = ["alpha", "beta"];
const PROJECT = "demo-project";
const SPEED = 60;
const LOOK_MS = 100;
/** Far above what a loaded machine of two cores needs for a phase, and for all of it. */
const PHASE_MS_MAX = 150_000;
const TEST_MS_MAX = 600_000;
/** A phase of the clusters' lives, and how many kills there may have been at its end. */
const PHASES = [
  { phase: "created", kills: 20 },
  { phase: "grown", kills: 29 },
  { phase: "shrunk", kills: 37 },
  { phase: "deleted", kills: KILLS },
] as const;
type Phase = (typeof PHASES)[number]["phase"];

/** What a run came to. */
interface Fate {
  /** By kind, when all clusters had grown. */
  readonly grown: Readonly<Record<string, number>>;
  readonly counts: Counts;
  readonly left: Readonly<Record<string, number>>;
  readonly documents: readonly string[];
}

describe("kill -9 of serve", function () {
  this.timeout(TEST_MS_MAX);
  const folder = temporaryFolders();

  it(`changes nothing: ${KILLS} kills during create, edit and delete, seed ${SEED}`, async () => {
    const killed = await liveKilled(folder());
    assert.equal(killed.kills, KILLS);
    const undisturbed = await liveUndisturbed();
    assert.deepEqual(undisturbed.left, {});
    assert.deepEqual(killed.fate, undisturbed);
  });
});

/** In process and under virtual time. */
async function liveUndisturbed(): Promise<Fate> {
  const plane = simulatedPlane();
  const counts = countChanges(plane.cloud);
  const deliveries = deliver(plane, () => undefined);
  const uids: string[] = [];
  let grown: Fate["grown"] = {};
  for (const [index, { phase }] of PHASES.entries()) {
    for (const name of NAMES) {
      const { uid = "" } = (await plane.status(name)) ?? {};
      if (phase === "deleted") uids.push(uid);
      await deliveries.write(
        name,
        phase === "deleted"
          ? { spec: lifeOf(name).shrunk, deletion: { uid } }
          : { spec: lifeOf(name)[phase] },
      );
    }
    for (const name of NAMES)
      await plane.until(name, (status) =>
        phase === "deleted" ? status === undefined : status?.readyGeneration === index + 1,
      );
    if (phase === "grown") grown = byKind(plane.cloud, PROJECT);
  }
  deliveries.stop();
  return fate(plane.cloud, counts, uids, grown, plane.engine.store);
}

async function liveKilled(data: string): Promise<{ readonly fate: Fate; readonly kills: number }> {
  const requests = new Set<() => void>();
  const cloud = await startCloud({
    clock: createRealClock(),
    chance: createSeededChance(SEED),
    projects: [PROJECT],
    log: () => {},
    speed: SPEED,
    onRequest: () => {
      for (const listener of requests) listener();
    },
  });
  const counts = countChanges(cloud.cloud);
  let allowed = 0;
  const note = join(data, "note.json");
  const serve = { cloud: cloud.url, data, note, port: await freePort(), codeCache: join(data, "code") };
  let process: ServeProcess | undefined;
  const killer = createKiller({
    start: () => {
      process = startServe(serve);
      return process;
    },
    signs: {
      onRequest: (listener) => {
        requests.add(listener);
        return () => requests.delete(listener);
      },
      onChange: counts.onChange,
    },
    chance: createSeededChance(SEED),
    allowance: () => allowed,
  });
  try {
    // One start and end in peace fills the cache of compiled code.
    const first = startServe(serve);
    await first.ready;
    first.child.kill("SIGTERM");
    assert.equal(await first.ended, 0);
    const driver = drive(
      cloud,
      killer,
      () => process,
      (kills) => {
        allowed = kills;
      },
    );
    const last = await killer.run(driver);
    const { uids, grown } = await driver;
    last.child.kill("SIGTERM");
    assert.equal(await last.ended, 0, last.log());
    const store = openSqliteStore({
      file: join(data, "clusterwright.db"),
      clock: createRealClock(),
      chance: createSeededChance(SEED),
    });
    const result = await fate(cloud.cloud, counts, uids, grown, store);
    await store.close();
    return { fate: result, kills: killer.kills() };
  } finally {
    process?.child.kill("SIGKILL");
    await cloud.close();
  }
}

/** Takes all clusters through their lives, as a person with a patient client would. */
async function drive(
  cloud: RunningCloud,
  killer: Killer,
  serve: () => ServeProcess | undefined,
  allow: (kills: number) => void,
): Promise<{ readonly uids: readonly string[]; readonly grown: Fate["grown"] }> {
  const uids: string[] = [];
  let grown: Fate["grown"] = {};
  for (const [index, { phase, kills }] of PHASES.entries()) {
    allow(kills);
    const written = await Promise.all(NAMES.map((name) => write(name, phase, killer, serve)));
    if (phase === "deleted") uids.push(...written);
    await Promise.all(NAMES.map((name) => reach(name, phase, index + 1, serve)));
    if (phase === "grown") grown = byKind(cloud.cloud, PROJECT);
  }
  // Lives may end sooner than all kills have come about: the rest strike a server that has nothing left to do.
  const endMs = Date.now() + PHASE_MS_MAX;
  while (killer.kills() < KILLS && Date.now() < endMs) await sleep(LOOK_MS);
  return { uids, grown };
}

/** Resolves once the write is acknowledged, with the cluster's uid; every other acknowledgement is followed by a kill. */
async function write(
  name: string,
  phase: Phase,
  killer: Killer,
  serve: () => ServeProcess | undefined,
): Promise<string> {
  const view = await patiently(serve, (api) =>
    phase === "deleted" ? api.delete(name) : api.put(name, lifeOf(name)[phase]),
  );
  if (name === NAMES[0]) killer.strikeNow();
  return view.status?.uid ?? "";
}

/** What was acknowledged must be there from then on. */
async function reach(
  name: string,
  phase: Phase,
  generation: number,
  serve: () => ServeProcess | undefined,
): Promise<void> {
  const endMs = Date.now() + PHASE_MS_MAX;
  for (;;) {
    const view = await patiently(serve, (api) => api.get(name));
    if (Date.now() > endMs)
      throw new Error(`${name} is not ${phase}: ${JSON.stringify(view?.status, null, 1)}`);
    if (phase === "deleted") {
      if (view === undefined) return;
      assert.notEqual(view.deletion, undefined);
    } else {
      assert.deepEqual(view?.spec, lifeOf(name)[phase] as Spec);
      if (view?.status?.readyGeneration === generation) return;
    }
    await sleep(LOOK_MS);
  }
}

type Api = ReturnType<ServeProcess["api"]>;
/** Asks until there is an answer: the server may be dead, starting, or a new one with a new token. */
async function patiently<R>(
  serve: () => ServeProcess | undefined,
  ask: (api: Api) => Promise<R>,
): Promise<R> {
  const endMs = Date.now() + PHASE_MS_MAX;
  for (;;) {
    try {
      const process = serve();
      if (process !== undefined) return await ask(process.api());
    } catch (error) {
      if (Date.now() > endMs) throw error;
      const passes =
        error instanceof ApiError ? [401, 503].includes(error.status) : error instanceof CommandError;
      if (!passes && !String(error).includes("left no note")) throw error;
    }
    await sleep(LOOK_MS);
  }
}

async function fate(
  cloud: SimulatedCloud,
  counts: ChangeCounts,
  uids: readonly string[],
  grown: Fate["grown"],
  store: Store,
): Promise<Fate> {
  return {
    grown: steady(grown),
    counts: steady(counts.counts(uids)),
    left: steady(byKind(cloud, PROJECT)),
    documents: await documents(store),
  };
}

/** Without snapshots: they come by the time of day. */
function steady<T>(things: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(things).filter(([name]) => !name.includes("snapshots")));
}

/** What is left of the clusters, and how their undertakings ended. */
async function documents(store: Store): Promise<readonly string[]> {
  const clusters = await store.query({ collection: "clusters", limit: 100 });
  const statuses = await store.query({ group: "status", limit: 100 });
  const operations = await store.query<OperationRecord>({ group: "operations", limit: 100 });
  return [
    ...[...clusters.documents, ...statuses.documents].map(({ path }) => path),
    // Uids are drawn: they differ from one life to another.
    ...operations.documents.map(
      ({ path, data }) => `${path.replace(`/${data.uid}-`, "/UID-")}: ${data.result}`,
    ),
  ].sort();
}
