/** When a node that falls silent without any event is begun to be repaired, and whether an API that blinks leads to repairs. */
import { KubernetesUnreachable } from "../../shared/ports/kubernetes.ts";
import type { PlaneOptions } from "../../simulation/plane.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import {
  CLOSED_FOR_DAYS,
  HOUR_MS,
  isSettled,
  kubeletOf,
  MINUTE_MS,
  type Mutation,
  mutationLog,
  OTHER_TYPE,
  passTime,
  SECOND_MS,
  SWEEP_EVERY_MS,
  unreadySinceMs,
  workersOf,
} from "../care-stage.ts";
import { createCounters } from "../counters.ts";
import { type Figure, quantile, type Row, type Scale } from "../figure.ts";
import { clusterDocument, clusterNames, createFleet, type Fleet, UNLIMITED } from "../fleet.ts";

/** Each worker falls silent once. */
const SIZES: Readonly<Record<Scale, { readonly clusters: number; readonly workers: number }>> = {
  quick: { clusters: 1, workers: 2 },
  default: { clusters: 2, workers: 10 },
  full: { clusters: 50, workers: 10 },
};
/** Clusters whose API blinks for an hour. */
const BLINKING: Readonly<Record<Scale, number>> = { quick: 1, default: 2, full: 50 };
/** The default of `repair.after`, and the least that a spec may ask for. */
const BOUNDS_MS = { "10m": 10 * MINUTE_MS, "6m": 6 * MINUTE_MS } as const;
const BEYOND_MS_MAX = 60 * SECOND_MS;
const STEP_MS = 5 * SECOND_MS;
const SETTLING_STEP_MS = 10 * SECOND_MS;
const REPAIRED_MS_MAX = 2 * HOUR_MS;
/** A repair that is further back is forgotten. */
const QUIET_MS = 2 * HOUR_MS;

const BLINK_MS = 40 * SECOND_MS;
const BLINK_EVERY_MS = 60 * SECOND_MS;
/** Sweeps look every five minutes; here something wakes a pass far more often, in the midst of a blink too. */
const WOKEN_EVERY_MS = 10 * SECOND_MS;

export const silentDeath: Figure = {
  name: "silent-death",
  title:
    "A node falls silent in a cluster at rest → repair begun, beyond repair.after; and an API that blinks",
  measure: async (scale) => [
    ...(await deaths(scale, "10m")),
    ...(await deaths(scale, "6m")),
    ...(await deaths(scale, "10m", "while an upgrade waits for its window")),
    ...(await blinks(scale)),
  ],
};

async function deaths(
  scale: Scale,
  after: keyof typeof BOUNDS_MS,
  when?: "while an upgrade waits for its window",
): Promise<readonly Row[]> {
  const { clusters, workers } = SIZES[scale];
  const pool = { repair: { after } };
  const spec = when === undefined ? {} : CLOSED_FOR_DAYS;
  const log = mutationLog(() => fleet.plane.clock.nowMs());
  const fleet = createFleet({ rates: UNLIMITED, wrap: { compute: log.wrap } });
  const names = clusterNames(clusters);
  await fleet.create(names, workers, { pool, spec });
  if (when !== undefined) await beginToWait(fleet, names, workers, { pool, spec });
  const chance = createSeededChance(1);
  const found: Death[] = [];
  for (let turn = 0; turn < workers; turn++)
    for (const id of names) {
      await passTime(fleet, { forMs: QUIET_MS / clusters, stepMs: MINUTE_MS });
      await fleet.plane.clock.advance(Math.floor(chance.fraction() * SWEEP_EVERY_MS));
      found.push(await silence(fleet, log.entries, id, turn, when !== undefined));
    }
  const size = `${found.length} deaths, repair.after ${after}`;
  const what = when === undefined ? "" : `, ${when}`;
  const beyond = found.map(({ notedMs, begunMs }) => (begunMs - notedMs - BOUNDS_MS[after]) / SECOND_MS);
  const all = found.map(({ silentMs, begunMs }) => (begunMs - silentMs) / MINUTE_MS);
  return [
    {
      figure: `beyond repair.after of ${after}${what}, p99`,
      value: quantile(beyond, 0.99),
      unit: "s",
      size,
      goal: { atMost: BEYOND_MS_MAX / SECOND_MS },
    },
    {
      figure: `last sign of life → repair begun, ${after}${what}, p99`,
      value: quantile(all, 0.99),
      unit: "min",
      size,
    },
  ];
}

/** An upgrade that nothing may begin of for days: its cluster is not at rest, and hardly looked at. */
async function beginToWait(
  { plane, during }: Fleet,
  names: readonly string[],
  workers: number,
  changes: { readonly pool: object; readonly spec: object },
): Promise<void> {
  const upgrading = { ...changes, pool: { ...changes.pool, ...OTHER_TYPE } };
  const writes = names.map((id) => plane.write(id, clusterDocument(id, workers, upgrading)));
  await during(Promise.all(writes));
}

interface Death {
  readonly silentMs: number;
  /** The node's condition says so since. */
  readonly notedMs: number;
  readonly begunMs: number;
}

async function silence(
  fleet: Fleet,
  entries: readonly Mutation[],
  id: string,
  turn: number,
  waits: boolean,
): Promise<Death> {
  const { plane } = fleet;
  const machine = workersOf(plane, id)[turn];
  if (machine === undefined) throw new Error(`${id} has no worker ${turn}`);
  const before = entries.length;
  const silentMs = plane.clock.nowMs();
  kubeletOf(plane, machine).hang();
  let notedMs: number | undefined;
  const begun = () => entries.slice(before).find(({ about }) => about.includes(machine.name));
  const isBegun = await passTime(fleet, {
    forMs: REPAIRED_MS_MAX,
    stepMs: STEP_MS,
    look: () => {
      notedMs ??= unreadySinceMs(plane, machine);
    },
    done: () => begun() !== undefined,
  });
  if (!isBegun || notedMs === undefined)
    throw new Error(`nobody repaired ${machine.name}: ${JSON.stringify(await plane.status(id))}`);
  await passTime(fleet, {
    forMs: REPAIRED_MS_MAX,
    stepMs: SETTLING_STEP_MS,
    done: () => isBack(fleet, machine.name, id, waits),
  });
  return { silentMs, notedMs, begunMs: begun()?.atMs ?? Number.NaN };
}

/** Nothing is left to do; where an upgrade waits, that its node is Ready is all there can be. */
async function isBack({ plane }: Fleet, name: string, id: string, waits: boolean): Promise<boolean> {
  if (!waits) return isSettled(plane, id);
  const machine = workersOf(plane, id).find((one) => one.name === name);
  return machine !== undefined && unreadySinceMs(plane, machine) === undefined;
}

/** For 40 of every 60 seconds neither kubelets nor the control plane reach an API server. */
async function blinks(scale: Scale): Promise<readonly Row[]> {
  const count = BLINKING[scale];
  const counters = createCounters();
  const closed = { now: false };
  const { cloud, ...wrap } = counters.wrap;
  const blinking: NonNullable<NonNullable<PlaneOptions["wrap"]>["cloud"]> = (whole) => ({
    ...whole,
    kubernetes: {
      request: async (access, request) => {
        if (closed.now) throw new KubernetesUnreachable("the API server does not answer");
        return whole.kubernetes.request(access, request);
      },
    },
  });
  const fleet = createFleet({
    rates: UNLIMITED,
    wrap: { ...wrap, cloud: (whole) => blinking(cloud?.(whole) ?? whole) },
  });
  const { plane } = fleet;
  const names = clusterNames(count);
  await fleet.create(names, SIZES[scale].workers);
  counters.reset();
  let asked = 0;
  for (let passedMs = 0; passedMs < HOUR_MS; passedMs += WOKEN_EVERY_MS) {
    const shut = passedMs % BLINK_EVERY_MS < BLINK_MS;
    if (shut !== closed.now) {
      closed.now = shut;
      for (const id of names)
        for (const machine of workersOf(plane, id))
          if (shut) kubeletOf(plane, machine).hang();
          else kubeletOf(plane, machine).resume();
    }
    await passTime(fleet, { forMs: WOKEN_EVERY_MS, stepMs: WOKEN_EVERY_MS });
    await fleet.during(Promise.all(names.map((id) => plane.pass(id, "something was said of it"))));
    asked += names.length;
  }
  const { mutations, kubernetesWrites } = counters.counts;
  const blinked = (HOUR_MS / BLINK_EVERY_MS) * count;
  const size = `${blinked} blinks of 40 s, ${asked} passes`;
  return [
    {
      figure: "false repairs: machines restarted, replaced or cordoned",
      value: mutations + kubernetesWrites,
      unit: "",
      size,
      goal: { atMost: 0 },
    },
  ];
}
