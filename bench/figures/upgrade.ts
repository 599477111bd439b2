/** How long an upgrade of a pool takes against the least that its surge allows, and what it asks of Compute Engine. */
import { HOUR_MS, isSettled, MINUTE_MS, OTHER_TYPE, passTime, SECOND_MS } from "../care-stage.ts";
import { type Counts, createCounters } from "../counters.ts";
import type { Figure, Scale } from "../figure.ts";
import { clusterDocument, createFleet, UNLIMITED } from "../fleet.ts";

const SIZES: Readonly<Record<Scale, { readonly nodes: number; readonly surge: number }>> = {
  quick: { nodes: 4, surge: 2 },
  default: { nodes: 100, surge: 20 },
  full: { nodes: 1_000, surge: 20 },
};
const RATIO_MAX = 1.03;
const CALLS_A_NODE_MAX = 3;
const STEP_MS = SECOND_MS;
const ID = "c0";

export const upgrade: Figure = {
  name: "upgrade",
  title: "Upgrade of one pool to another template, without workloads (virtual time, typical delays)",
  measure: async (scale) => {
    const { nodes, surge } = SIZES[scale];
    const one = await upgraded(1, 1);
    const turn = await upgraded(surge, surge);
    const all = await upgraded(nodes, surge);
    const size = `${nodes} nodes, max surge ${surge}`;
    const turns = Math.ceil(nodes / surge);
    // The first new node is tried alone: a turn of its own.
    const least = (1 + Math.ceil((nodes - 1) / surge)) * one.tookMs;
    const { counts } = all;
    const { mutations, reads, lists, "heavy reads": heavy, "operation reads": polls } = counts.compute;
    const each = (calls: number) => calls / nodes;
    return [
      {
        figure: "time ÷ (⌈N/P⌉ × a pool of P)",
        value: all.tookMs / (turns * turn.tookMs),
        unit: "",
        size,
        goal: { atMost: RATIO_MAX },
      },
      {
        figure: "time ÷ ((1 + ⌈(N−1)/P⌉) × a pool of one)",
        value: all.tookMs / least,
        unit: "",
        size,
        goal: { atMost: RATIO_MAX },
      },
      { figure: "time", value: all.tookMs / MINUTE_MS, unit: "min", size },
      { figure: "time of a pool of P", value: turn.tookMs / MINUTE_MS, unit: "min", size: `${surge} nodes` },
      { figure: "time of a pool of one", value: one.tookMs / MINUTE_MS, unit: "min", size: "1 node" },
      {
        figure: "Compute Engine calls a node",
        value: each(mutations + reads + lists + heavy + polls),
        unit: "",
        size,
        goal: { atMost: CALLS_A_NODE_MAX },
      },
      { figure: "… of it mutations", value: each(mutations), unit: "", size },
      { figure: "… of it questions after operations", value: each(polls), unit: "", size },
      { figure: "… of it lists and reads", value: each(reads + lists + heavy), unit: "", size },
      {
        figure: "calls to its Kubernetes API a node",
        value: each(counts.kubernetesReads + counts.kubernetesWrites),
        unit: "",
        size,
      },
      { figure: "passes a node", value: each(all.passes), unit: "", size },
    ];
  },
};

interface Upgraded {
  readonly tookMs: number;
  readonly counts: Counts;
  readonly passes: number;
}

async function upgraded(nodes: number, surge: number): Promise<Upgraded> {
  const counters = createCounters();
  const fleet = createFleet({ rates: UNLIMITED, wrap: counters.wrap });
  const { plane } = fleet;
  const pool = { upgrade: { maxSurge: surge } };
  await fleet.create([ID], nodes, { pool });
  counters.reset();
  const before = fleet.passes();
  const beganMs = plane.clock.nowMs();
  await plane.write(ID, clusterDocument(ID, nodes, { pool: { ...pool, ...OTHER_TYPE } }));
  const isDone = await passTime(fleet, {
    forMs: (nodes / surge + 2) * HOUR_MS,
    stepMs: STEP_MS,
    done: () => isSettled(plane, ID),
  });
  if (!isDone) throw new Error(`the upgrade does not end: ${JSON.stringify(await plane.status(ID))}`);
  return {
    tookMs: plane.clock.nowMs() - beganMs,
    counts: { ...counters.counts },
    passes: fleet.passes() - before,
  };
}
