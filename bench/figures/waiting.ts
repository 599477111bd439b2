/** What functions cost while all that is left to do is to wait: for a disruption budget, and for a maintenance window. */
import {
  administratorOf,
  CLOSED_FOR_DAYS,
  HOUR_MS,
  MINUTE_MS,
  OTHER_TYPE,
  passTime,
  SECOND_MS,
  SWEEP_EVERY_MS,
} from "../care-stage.ts";
import { createCounters } from "../counters.ts";
import { measureCpu } from "../cpu-split.ts";
import type { Figure, Row, Scale } from "../figure.ts";
import { clusterDocument, createFleet, type Fleet, UNLIMITED } from "../fleet.ts";
import { billedSeconds, billOf, sumOf } from "../prices.ts";

const WORKERS = 3;
const ID = "c0";
const HOURS: Readonly<Record<Scale, { readonly budget: number; readonly window: number }>> = {
  quick: { budget: 1, window: 2 },
  default: { budget: 1, window: 24 },
  full: { budget: 1, window: 24 },
};
const BLOCKED_MS_MAX = HOUR_MS;

export const waiting: Figure = {
  name: "waiting",
  title: "Functions while a cluster waits (1 control-plane machine, a pool of 3; CPU time billed)",
  measure: async (scale) => [
    ...(await whileBudgetHolds(HOURS[scale].budget)),
    ...(await whileWindowIsClosed(HOURS[scale].window)),
  ],
};

interface Meter {
  readonly fleet: Fleet;
  /** Rows about so many hours from now on. */
  measure(what: string, hours: number, size: string): Promise<readonly Row[]>;
}

function metered(): Meter {
  const counters = createCounters();
  let passes = 0;
  let waitedMs = 0;
  const fleet = createFleet({
    rates: UNLIMITED,
    wrap: counters.wrap,
    onPass: (_id, _outcome, tookMs) => {
      passes += 1;
      waitedMs += tookMs;
    },
  });
  const measure = async (what: string, hours: number, size: string): Promise<readonly Row[]> => {
    counters.reset();
    passes = 0;
    waitedMs = 0;
    const cpu = await measureCpu(
      async () => void (await passTime(fleet, { forMs: hours * HOUR_MS, stepMs: SWEEP_EVERY_MS })),
    );
    const cpuMs = cpu.byPart["control plane"];
    // The sweeps' own invocations are those of any five minutes, whoever waits.
    const billed = passes * billedSeconds(cpuMs / Math.max(1, passes));
    const { storeReads: reads, storeWrites: writes } = counters.counts;
    const use = { reads, writes, invocations: passes, billedSeconds: billed, schedulerJobs: 0 };
    const row = (figure: string, value: number, unit: string): Row => ({
      figure: `${what}: ${figure}`,
      value,
      unit,
      size,
    });
    return [
      { ...row("time that functions ran and waited", waitedMs / SECOND_MS, "s"), goal: { atMost: 0 } },
      row("passes an hour", passes / hours, ""),
      row("CPU a pass", cpuMs / Math.max(1, passes), "ms"),
      row("billed function time an hour", billed / hours, "s"),
      row("documents written an hour", writes / hours, ""),
      row("cost an hour", sumOf(billOf(use)) / hours, "$"),
    ];
  };
  return { fleet, measure };
}

/** A drain that a disruption budget does not let go on. */
async function whileBudgetHolds(hours: number): Promise<readonly Row[]> {
  const { fleet, measure } = metered();
  const { plane } = fleet;
  const pool = { upgrade: { drainTimeout: "1d" } };
  await fleet.create([ID], WORKERS, { pool });
  await serveBehindABudget(fleet);
  await plane.write(ID, clusterDocument(ID, WORKERS, { pool: { ...pool, ...OTHER_TYPE } }));
  await until(fleet, /budget default\/web .* holds pod/);
  return measure("budget", hours, `${hours} h`);
}

/** An upgrade that waits for its window, which opens once a week. */
async function whileWindowIsClosed(hours: number): Promise<readonly Row[]> {
  const { fleet, measure } = metered();
  const { plane } = fleet;
  const spec = CLOSED_FOR_DAYS;
  await fleet.create([ID], WORKERS, { spec });
  await plane.write(ID, clusterDocument(ID, WORKERS, { spec, pool: OTHER_TYPE }));
  await until(fleet, /waiting for the next maintenance window/);
  return measure("window", hours, `${hours} h`);
}

async function until(fleet: Fleet, said: RegExp): Promise<void> {
  const { plane } = fleet;
  const isSaid = async () =>
    (await plane.status(ID))?.conditions.some(({ message }) => said.test(message)) === true;
  if (await passTime(fleet, { forMs: BLOCKED_MS_MAX, stepMs: SECOND_MS, done: isSaid })) return;
  throw new Error(`${ID} does not wait for ${said}: ${JSON.stringify((await plane.status(ID))?.conditions)}`);
}

/** As many pods as workers, none of which may be missing. */
async function serveBehindABudget(fleet: Fleet): Promise<void> {
  const ask = await administratorOf(fleet.plane, ID);
  const labels = { app: "web" };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "main", image: "example.com/web:1" }] },
  };
  await ask({
    method: "POST",
    path: "/apis/apps/v1/namespaces/default/deployments",
    body: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { replicas: WORKERS, selector: { matchLabels: labels }, template },
    },
  });
  await ask({
    method: "POST",
    path: "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
    body: {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "web" },
      spec: { selector: { matchLabels: labels }, maxUnavailable: 0 },
    },
  });
  await fleet.plane.clock.advance(MINUTE_MS);
}
