/** What the simulator holds and how fast its time runs: memory a node at rest, virtual days a minute of wall time. */
import { sweep } from "../../shared/engine/sweep.ts";
import type { Figure, Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterNames, createFleet, type Fleet, UNLIMITED } from "../fleet.ts";
import { memoryNow } from "../memory.ts";

const SIZES: Readonly<Record<Scale, { readonly clusters: number; readonly workers: number }>> = {
  quick: { clusters: 2, workers: 1 },
  default: { clusters: 50, workers: 9 },
  full: { clusters: 10_000, workers: 9 },
};
/** Clusters are created so many at once. */
const WAVE = 100;
/** Created and thrown away beforehand: what V8 compiles, and texts that all clusters share, are not a node's. */
const WARMING_MAX = 50;
const HOUR_MS = 3_600_000;
/** Until then what was made has come to rest: events have expired, and nobody has asked for anything for hours. */
const REST_MS = 3 * HOUR_MS;
const IDLE_MS: Readonly<Record<Scale, number>> = {
  quick: HOUR_MS,
  default: 30 * 24 * HOUR_MS,
  full: 30 * 24 * HOUR_MS,
};
/** Hours with the control plane at work: a sweep every ten minutes, a look at every cluster each hour. */
const SWEPT_HOURS: Readonly<Record<Scale, number>> = { quick: 1, default: 24, full: 1 };
const SWEEP_EVERY_MS = 600_000;
/** The goal: 10,000 clusters and 100,000 nodes in 2 GB. */
const KB_A_NODE_MAX = 2_000_000 / 100_000;
/** The goal: 30 days of 100 clusters in four minutes. */
const CLUSTER_DAYS_A_MINUTE_MIN = (30 * 100) / 4;

export const simulator: Figure = {
  name: "simulator",
  title: "The simulator: memory and speed at rest (one control-plane machine a cluster, the rest workers)",
  measure: async (scale) => {
    const { clusters, workers } = SIZES[scale];
    const nodes = clusters * (workers + 1);
    const size = `${clusters} clusters, ${nodes} nodes`;
    await createAll(newFleet(), Math.min(clusters, WARMING_MAX), workers);
    const before = memoryNow();
    const fleet = newFleet();
    const { clock } = fleet.plane;
    await createAll(fleet, clusters, workers);
    const made = memoryNow().heapMb - before.heapMb;
    await clock.advance(REST_MS);
    const held = memoryNow().heapMb - before.heapMb;
    const idle = await timed(() => clock.advance(IDLE_MS[scale]));
    const swept = await timed(() => sweepFor(fleet, SWEPT_HOURS[scale] * HOUR_MS));
    const speed = (virtualMs: number, minutes: number) => (virtualMs / HOUR_MS / 24) * (clusters / minutes);
    return [
      {
        figure: "heap a node at rest",
        value: (held * 1_000) / nodes,
        unit: "KB",
        size,
        goal: { atMost: KB_A_NODE_MAX },
      },
      { figure: "heap of all at rest", value: held, unit: "MB", size },
      { figure: "heap a node just after its creation", value: (made * 1_000) / nodes, unit: "KB", size },
      { figure: "cluster-days a minute, nobody asking", value: speed(IDLE_MS[scale], idle), unit: "", size },
      {
        figure: "cluster-days a minute of wall time",
        value: speed(SWEPT_HOURS[scale] * HOUR_MS, swept),
        unit: "",
        size,
        goal: { atLeast: CLUSTER_DAYS_A_MINUTE_MIN },
      },
    ];
  },
};

const newFleet = (): Fleet => createFleet({ ...ANCHOR_DELAYS, rates: UNLIMITED });

async function createAll(fleet: Fleet, clusters: number, workers: number): Promise<void> {
  const names = clusterNames(clusters);
  for (let from = 0; from < clusters; from += WAVE) {
    if (from > 0) await fleet.plane.clock.advance(REST_MS);
    await fleet.create(names.slice(from, from + WAVE), workers);
  }
}

async function sweepFor({ plane, rest }: Fleet, virtualMs: number): Promise<void> {
  for (let doneMs = 0; doneMs < virtualMs; doneMs += SWEEP_EVERY_MS) {
    await plane.clock.advance(SWEEP_EVERY_MS);
    await sweep(plane.engine);
    await rest();
  }
}

/** @returns minutes of wall time */
async function timed(run: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await run();
  return (performance.now() - startMs) / 60_000;
}
