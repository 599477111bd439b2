/** How long after a host error a replacement is requested, from the audit log through the deployed function to the cloud. */
import { createSeededChance } from "../../simulator/chance.ts";
import {
  HOUR_MS,
  MINUTE_MS,
  type Mutation,
  mutationLog,
  passTime,
  SECOND_MS,
  workersOf,
} from "../care-stage.ts";
import { type Figure, quantile, type Scale } from "../figure.ts";
import { clusterNames, createFleet, type Fleet, UNLIMITED } from "../fleet.ts";

/** Each worker fails once. */
const SIZES: Readonly<Record<Scale, { readonly clusters: number; readonly workers: number }>> = {
  quick: { clusters: 1, workers: 3 },
  default: { clusters: 10, workers: 10 },
  full: { clusters: 100, workers: 10 },
};
const LATENCY_MS_MAX = 3 * SECOND_MS;
const STEP_MS = SECOND_MS;
const REQUESTED_MS_MAX = 15 * MINUTE_MS;

interface Latency {
  /** To the first thing that is done about it: the failed machine's deletion. */
  readonly actedMs: number;
  /** To the order for another one. */
  readonly orderedMs: number;
  /** To as many Ready nodes as before. */
  readonly wholeMs: number;
}

export const repairLatency: Figure = {
  name: "repair-latency",
  title:
    "Host error → replacement requested, where Compute Engine does not restart the machine (virtual time)",
  measure: async (scale) => {
    const { clusters, workers } = SIZES[scale];
    const log = mutationLog(() => fleet.plane.clock.nowMs());
    const fleet = createFleet({ rates: UNLIMITED, wrap: { compute: log.wrap } });
    const names = clusterNames(clusters);
    await fleet.create(names, workers);
    const chance = createSeededChance(1);
    const latencies: Latency[] = [];
    for (let turn = 0; turn < workers; turn++)
      for (const id of names) {
        await fleet.plane.clock.advance(Math.floor(chance.fraction() * MINUTE_MS));
        latencies.push(await failOne(fleet, log.entries, id));
      }
    const size = `${latencies.length} failures`;
    const seconds = (of: (latency: Latency) => number, part: number) =>
      quantile(latencies.map(of), part) / SECOND_MS;
    return [
      {
        figure: "host error → deletion of the machine, p99",
        value: seconds((one) => one.actedMs, 0.99),
        unit: "s",
        size,
      },
      {
        figure: "host error → replacement requested, median",
        value: seconds((one) => one.orderedMs, 0.5),
        unit: "s",
        size,
      },
      {
        figure: "host error → replacement requested, p99",
        value: seconds((one) => one.orderedMs, 0.99),
        unit: "s",
        size,
        goal: { atMost: LATENCY_MS_MAX / SECOND_MS },
        anchor: "GKE's auto-repair: after ≈10 min NotReady",
      },
      {
        figure: "host error → pool whole again, p99",
        value: seconds((one) => one.wholeMs, 0.99),
        unit: "s",
        size,
      },
    ];
  },
};

/** Each failure takes the worker that is first by name: whichever it is, it has no brother in trouble. */
async function failOne(fleet: Fleet, entries: readonly Mutation[], id: string): Promise<Latency> {
  const { plane } = fleet;
  const [machine] = workersOf(plane, id);
  if (machine === undefined) throw new Error(`${id} has no worker`);
  const failedMs = plane.clock.nowMs();
  const before = entries.length;
  plane.cloud.compute.hostError(machine.path, "never");
  const since = (what: RegExp) =>
    entries.slice(before).find((one) => what.test(one.what) && one.about.includes(`"${id}-`));
  const whole = async () => {
    const status = await plane.status(id);
    return status?.phase === "Ready" && status.unsettledSinceMs === null && since(/Resize$/) !== undefined;
  };
  const done = await passTime(fleet, { forMs: HOUR_MS, stepMs: STEP_MS, done: whole });
  const wholeMs = plane.clock.nowMs() - failedMs;
  const acted = since(/DeleteInstances$/);
  const ordered = since(/Resize$/);
  if (!done || acted === undefined || ordered === undefined || ordered.atMs - failedMs > REQUESTED_MS_MAX)
    throw new Error(`${machine.name} was not replaced: ${JSON.stringify(await plane.status(id))}`);
  return { actedMs: acted.atMs - failedMs, orderedMs: ordered.atMs - failedMs, wholeMs };
}
