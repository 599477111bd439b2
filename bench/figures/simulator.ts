/** What the simulator holds and how fast its time runs: memory a cluster and a node, virtual days a minute of wall time. */
import type { Figure, Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterNames, createFleet, UNLIMITED } from "../fleet.ts";
import { memoryNow } from "../memory.ts";

const SIZES: Readonly<Record<Scale, { readonly clusters: number; readonly workers: number }>> = {
  quick: { clusters: 2, workers: 1 },
  default: { clusters: 10, workers: 9 },
  full: { clusters: 10_000, workers: 9 },
};
const HOURS: Readonly<Record<Scale, number>> = { quick: 0.1, default: 3, full: 24 };
const HOUR_MS = 3_600_000;
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
    await createFleet({ ...ANCHOR_DELAYS, rates: UNLIMITED }).create(clusterNames(1), workers);
    const before = memoryNow();
    const fleet = createFleet({ ...ANCHOR_DELAYS, rates: UNLIMITED });
    await fleet.create(clusterNames(clusters), workers);
    const held = memoryNow().heapMb - before.heapMb;
    const startMs = performance.now();
    await fleet.plane.clock.advance(HOURS[scale] * HOUR_MS);
    const minutes = (performance.now() - startMs) / 60_000;
    const size = `${clusters} clusters, ${nodes} nodes`;
    return [
      {
        figure: "heap a node",
        value: (held * 1_000) / nodes,
        unit: "KB",
        size,
        goal: { atMost: KB_A_NODE_MAX },
      },
      { figure: "heap of all", value: held, unit: "MB", size },
      {
        figure: "cluster-days a minute of wall time",
        value: ((HOURS[scale] / 24) * clusters) / minutes,
        unit: "",
        size,
        goal: { atLeast: CLUSTER_DAYS_A_MINUTE_MIN },
      },
    ];
  },
};
