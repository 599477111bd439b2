/** A look at clusters where nothing has changed: by one pass over one cluster, and by the sweep's census over all of them. */
import { sweep } from "../../shared/engine/sweep.ts";
import { type Counts, cloudCalls, createCounters } from "../counters.ts";
import { type CpuSplit, measureCpu } from "../cpu-split.ts";
import type { Figure, Row, Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterNames, createFleet, UNLIMITED } from "../fleet.ts";

const CLUSTERS: Readonly<Record<Scale, number>> = { quick: 2, default: 100, full: 1_000 };
const ROUNDS = 5;
const GOALS = { cpuMs: 0.5, reads: 1, writes: 0, calls: 0.05 };

export const settled: Figure = {
  name: "settled",
  title: "A reconcile that changes nothing, a cluster",
  measure: async (scale) => {
    const names = clusterNames(CLUSTERS[scale]);
    const counters = createCounters();
    const { plane, create, rest, during } = createFleet({
      ...ANCHOR_DELAYS,
      rates: UNLIMITED,
      wrap: counters.wrap,
    });
    await create(names);
    // The first census remembers what it sees; the second and later ones find nothing new.
    for (let warming = 0; warming < 2; warming++) {
      await during(sweep(plane.engine));
      await rest();
    }
    counters.reset();
    const swept = await measureCpu(() => repeat(() => during(sweep(plane.engine))));
    const byCensus = rows("census", swept, counters.counts, names.length);
    counters.reset();
    const passed = await measureCpu(() => repeat(() => during(passAll(plane.pass, names))));
    return [...byCensus, ...rows("one pass", passed, counters.counts, names.length)];
  },
};

async function repeat(run: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await run();
}
async function passAll(
  pass: (id: string, cause: string) => Promise<void>,
  names: readonly string[],
): Promise<void> {
  for (const name of names) await pass(name, "benchmark");
}

/** The goals are for drift detection, which is the census; a pass of its own has none. */
function rows(how: "census" | "one pass", cpu: CpuSplit, counts: Counts, clusters: number): readonly Row[] {
  const size = `${clusters} clusters`;
  const each = (value: number) => value / clusters / ROUNDS;
  const inside = counts.kubernetesReads + counts.kubernetesWrites;
  const at = (figure: string, value: number, unit: string, atMost: number): Row => {
    const row = { figure: `${how}: ${figure}`, value: each(value), unit, size };
    return how === "census" ? { ...row, goal: { atMost } } : row;
  };
  return [
    at("CPU, control plane", cpu.byPart["control plane"], "ms", GOALS.cpuMs),
    at("store reads", counts.storeReads, "", GOALS.reads),
    at("store writes", counts.storeWrites, "", GOALS.writes),
    {
      ...at("calls to Google's APIs", cloudCalls(counts) - inside, "", GOALS.calls),
      ...(how === "census" ? { anchor: "Cluster API on GCP: ≈14 reads a cluster every 10 min" } : {}),
    },
    { figure: `${how}: calls to the cluster's own API`, value: each(inside), unit: "", size },
  ];
}
