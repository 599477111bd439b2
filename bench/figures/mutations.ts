/** How many mutating calls a fleet's creation takes, against the least there can be: one insert for each resource. */
import { createCounters } from "../counters.ts";
import type { Figure, Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterNames, createFleet, UNLIMITED } from "../fleet.ts";

const CLUSTERS: Readonly<Record<Scale, number>> = { quick: 1, default: 10, full: 1_000 };
const WORKERS = 3;
const RATIO_MAX = 1.1;

export const mutations: Figure = {
  name: "mutations",
  title: "Cloud mutations on create ÷ resources made (1 control-plane machine, a pool of 3)",
  measure: async (scale) => {
    const count = CLUSTERS[scale];
    const counters = createCounters();
    const fleet = createFleet({ ...ANCHOR_DELAYS, rates: UNLIMITED, wrap: counters.wrap });
    await fleet.create(clusterNames(count), WORKERS);
    const { counts } = counters;
    const size = `${count} clusters`;
    return [
      {
        figure: "mutations ÷ resources",
        value: counts.mutations / counts.inserts,
        unit: "",
        size,
        goal: { atMost: RATIO_MAX },
      },
      { figure: "resources a cluster", value: counts.inserts / count, unit: "", size },
      { figure: "mutations a cluster", value: counts.mutations / count, unit: "", size },
      {
        figure: "refused mutations a cluster",
        value: (counts.compute.mutations - counts.mutations) / count,
        unit: "",
        size,
      },
    ];
  },
};
