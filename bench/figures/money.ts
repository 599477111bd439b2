/** What keeping settled clusters costs a month at list price, metered from the calls that ten-minute sweeps make. */
import { sweep } from "../../shared/engine/sweep.ts";
import { createCounters } from "../counters.ts";
import { measureCpu } from "../cpu-split.ts";
import type { Figure, Row, Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterNames, createFleet, UNLIMITED } from "../fleet.ts";
import {
  afterFreeDocuments,
  billedSeconds,
  billOf,
  DAYS_A_MONTH,
  type MonthlyUse,
  sumOf,
} from "../prices.ts";

const CLUSTERS: Readonly<Record<Scale, number>> = { quick: 2, default: 100, full: 100 };
/** An hour: settled clusters get a pass every hour, whatever the census sees (engine/census.ts). */
const SWEEPS_METERED = 6;
const SWEEPS_A_DAY = 24 * 6;
const SWEEP_EVERY_MS = 600_000;
const CLUSTER_MONTH_MAX = 0.002;
const IDLE_MONTH_MAX = 0.1;

export const money: Figure = {
  name: "money",
  title:
    "Money a month at list price with drift detection every 10 minutes (CPU time billed, waits for answers left out)",
  measure: async (scale) => {
    const count = CLUSTERS[scale];
    const idle = await metered(0);
    const used = await metered(count);
    // The idle control plane's sweep is paid once, however many clusters there are.
    const share = (use: MonthlyUse): number => {
      const bill = billOf(use);
      return (bill.firestore + bill.functions) / count;
    };
    const size = `${count} clusters`;
    const bill = billOf(used);
    const rows: readonly Row[] = [
      {
        figure: "a cluster-month, nothing free",
        value: share(used),
        unit: "$",
        size,
        goal: { atMost: CLUSTER_MONTH_MAX },
        anchor: "an always-on management cluster: $2.20 at 100 clusters",
      },
      { figure: "… of it Firestore", value: bill.firestore / count, unit: "$", size },
      { figure: "… of it functions", value: bill.functions / count, unit: "$", size },
      {
        figure: "a cluster-month, Firestore's free documents used",
        value: share(afterFreeDocuments(used)),
        unit: "$",
        size,
      },
      {
        figure: "idle control plane, nothing free",
        value: sumOf(billOf(idle)),
        unit: "$",
        size: "0 clusters",
        goal: { atMost: IDLE_MONTH_MAX },
        anchor: "an always-on management cluster: ≈$220",
      },
      {
        figure: "idle control plane, without the scheduler's job (three are free)",
        value: billOf(idle).functions + billOf(afterFreeDocuments(idle)).firestore,
        unit: "$",
        size: "0 clusters",
      },
    ];
    return rows;
  },
};

async function metered(clusters: number): Promise<MonthlyUse> {
  const counters = createCounters();
  const { plane, create, rest, during } = createFleet({
    ...ANCHOR_DELAYS,
    rates: UNLIMITED,
    wrap: counters.wrap,
  });
  if (clusters > 0) await create(clusterNames(clusters));
  await during(sweep(plane.engine));
  await rest();
  counters.reset();
  let seconds = 0;
  for (let done = 0; done < SWEEPS_METERED; done++) {
    await plane.clock.advance(SWEEP_EVERY_MS);
    const cpu = await measureCpu(() => during(sweep(plane.engine)));
    seconds += billedSeconds(cpu.byPart["control plane"]);
  }
  const perMonth = (SWEEPS_A_DAY * DAYS_A_MONTH) / SWEEPS_METERED;
  return {
    reads: counters.counts.storeReads * perMonth,
    writes: counters.counts.storeWrites * perMonth,
    invocations: SWEEPS_METERED * perMonth,
    billedSeconds: seconds * perMonth,
    schedulerJobs: 1,
  };
}
