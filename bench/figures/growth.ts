/** How CPU and calls grow with clusters and with nodes, what one changed node touches, and how large documents become. */
import { cloudCalls, createCounters } from "../counters.ts";
import { measureCpu } from "../cpu-split.ts";
import { type Figure, logLogSlope, type Row, type Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterNames, createFleet, UNLIMITED } from "../fleet.ts";

const CLUSTERS: Readonly<Record<Scale, readonly number[]>> = {
  quick: [1, 3],
  default: [5, 15, 45],
  full: [10, 100, 1_000, 10_000],
};
const NODES: Readonly<Record<Scale, readonly number[]>> = {
  quick: [2, 6],
  default: [10, 40, 120],
  full: [10, 100, 1_000, 15_000],
};
const SLOPE_MAX = 1.02;
const DOCUMENTS_MAX = 3;
const DOCUMENT_KB_MAX = 200;
const WRITES_PER_S_MAX = 1;

export const growth: Figure = {
  name: "growth",
  title: "Growth with clusters and with nodes",
  measure: async (scale) => [...(await withClusters(scale)), ...(await withNodes(scale))],
};

interface Point {
  readonly x: number;
  readonly cpuMs: number;
  readonly calls: number;
}

async function withClusters(scale: Scale): Promise<readonly Row[]> {
  const sizes = CLUSTERS[scale];
  // What V8 compiles at first would make the smallest fleet look dear.
  await grow(1, 0);
  const points: Point[] = [];
  for (const size of sizes) points.push((await grow(size, 0)).point);
  return slopes("clusters", sizes, points);
}

async function withNodes(scale: Scale): Promise<readonly Row[]> {
  const sizes = NODES[scale];
  const grown = [];
  for (const size of sizes) grown.push(await grow(1, size));
  const last = grown.at(-1);
  if (last === undefined) return [];
  const { fleet, counters, point } = last;
  const { counts } = counters;
  const busiest = Math.max(...counts.touched.values()) / ((fleet.readyAfterMs.get("c0") ?? 1) / 1_000);
  const size = `${point.x} nodes`;
  const largest = counts.largestBytes / 1_000;
  const documents = await changeOneNode(last);
  return [
    ...slopes(
      "nodes",
      sizes,
      grown.map((one) => one.point),
    ),
    {
      figure: "documents touched by one changed node",
      value: documents,
      unit: "",
      size,
      goal: { atMost: DOCUMENTS_MAX },
    },
    { figure: "largest document", value: largest, unit: "KB", size, goal: { atMost: DOCUMENT_KB_MAX } },
    {
      figure: "writes to the busiest document until Ready",
      value: busiest,
      unit: "/s",
      size,
      goal: { atMost: WRITES_PER_S_MAX },
    },
  ];
}

async function grow(clusters: number, workers: number) {
  const counters = createCounters({ sizes: true });
  const fleet = createFleet({ ...ANCHOR_DELAYS, rates: UNLIMITED, wrap: counters.wrap });
  const cpu = await measureCpu(() => fleet.create(clusterNames(clusters), workers));
  const point: Point = {
    x: workers === 0 ? clusters : workers,
    cpuMs: cpu.byPart["control plane"],
    calls: cloudCalls(counters.counts),
  };
  return { fleet, counters, point };
}

function slopes(what: string, sizes: readonly number[], points: readonly Point[]): readonly Row[] {
  const size = `${sizes.join(" → ")} ${what}`;
  const slope = (of: (point: Point) => number) => logLogSlope(points.map((point) => [point.x, of(point)]));
  const goal = { atMost: SLOPE_MAX };
  return [
    {
      figure: `log-log slope of control-plane CPU, ${what}`,
      value: slope((one) => one.cpuMs),
      unit: "",
      size,
      goal,
    },
    {
      figure: `log-log slope of cloud calls, ${what}`,
      value: slope((one) => one.calls),
      unit: "",
      size,
      goal,
    },
  ];
}

/** One worker is switched off from inside; the control plane is told and comes to rest again. */
async function changeOneNode({ fleet, counters }: Awaited<ReturnType<typeof grow>>): Promise<number> {
  const { plane } = fleet;
  const worker = [...plane.cloud.compute.machines()].find((machine) => !machine.name.includes("-cp-"));
  if (worker === undefined) throw new Error("the cluster has no worker to change");
  const readyNodes = async () => (await plane.status("c0"))?.nodes.ready ?? 0;
  const before = await readyNodes();
  counters.reset();
  plane.cloud.compute.guestShutdown(worker.path);
  for (let waitedMs = 0; (await readyNodes()) === before; waitedMs += LOOK_MS) {
    if (waitedMs > NOTICED_MS_MAX) throw new Error(`nobody noticed that ${worker.name} was switched off`);
    await plane.clock.advance(LOOK_MS);
    await plane.pass("c0", "a machine has changed");
  }
  await fleet.rest();
  return counters.counts.touched.size;
}
const LOOK_MS = 2_000;
const NOTICED_MS_MAX = 10 * 60_000;
