/** Spec → Ready for many one-node clusters at once: wall time and CPU, the control plane's apart from the simulator's. */
import { createCounters } from "../counters.ts";
import { measureCpu } from "../cpu-split.ts";
import type { Figure, Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterNames, createFleet, UNLIMITED } from "../fleet.ts";

const CLUSTERS: Readonly<Record<Scale, number>> = { quick: 2, default: 50, full: 1_000 };
/** The goal is 20 s for 1,000 clusters. */
const WALL_MS_MAX = 20;
const CPU_MS_MAX = 10;
const ANCHOR = "Cluster API in memory: 1,000 in ≈15 min on an i9, 900 ms each";

export const create: Figure = {
  name: "create",
  title: "Creating one-node clusters, spec → Ready, simulator included, no quotas",
  measure: async (scale) => {
    const count = CLUSTERS[scale];
    // Twice: the first fleet warms V8's compiler, as it is in a process that has lived for a while.
    await createFleet({ ...ANCHOR_DELAYS, rates: UNLIMITED }).create(clusterNames(1));
    const counters = createCounters();
    const fleet = createFleet({ ...ANCHOR_DELAYS, rates: UNLIMITED, wrap: counters.wrap });
    const cpu = await measureCpu(() => fleet.create(clusterNames(count)));
    const size = `${count} clusters`;
    const each = (value: number) => value / count;
    const { byPart } = cpu;
    const others = cpu.cpuMs - cpu.mainThreadMs;
    return [
      {
        figure: "wall time a cluster",
        value: each(cpu.wallMs),
        unit: "ms",
        size,
        goal: { atMost: WALL_MS_MAX },
        anchor: ANCHOR,
      },
      {
        figure: "CPU a cluster, control plane",
        value: each(byPart["control plane"]),
        unit: "ms",
        size,
        goal: { atMost: CPU_MS_MAX },
      },
      { figure: "CPU a cluster, store (SQLite)", value: each(byPart.store), unit: "ms", size },
      { figure: "CPU a cluster, simulator", value: each(byPart.simulator), unit: "ms", size },
      {
        figure: "CPU a cluster, bench and runtime",
        value: each(byPart.bench + byPart.runtime),
        unit: "ms",
        size,
      },
      { figure: "CPU a cluster, other threads", value: each(others), unit: "ms", size },
      { figure: "passes a cluster", value: each(fleet.passes()), unit: "", size },
      {
        figure: "Compute Engine lists a cluster",
        value: each(lists(counters.counts.compute)),
        unit: "",
        size,
      },
    ];
  },
};

function lists(calls: Readonly<Record<"lists" | "heavy reads", number>>): number {
  return calls.lists + calls["heavy reads"];
}
