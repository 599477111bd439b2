/** Time to Ready against the critical path of the injected delays, and many creates at once under the real rate limits. */

import { createPlane } from "../../simulation/plane.ts";
import { DEFAULT_RATES } from "../../simulator/compute/rate-limits.ts";
import { createCounters } from "../counters.ts";
import { type Figure, quantile, type Row, type Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterDocument, clusterNames, createFleet, UNLIMITED } from "../fleet.ts";

const CLUSTERS: Readonly<Record<Scale, number>> = { quick: 2, default: 10, full: 200 };
const AT_ONCE: Readonly<Record<Scale, number>> = { quick: 2, default: 30, full: 1_000 };
const OVER_SHARE_MAX = 0.01;
const OVER_MS_MAX = 2_000;
const LIMIT_MS = 3_600_000;

/** Without jitter every cluster has the same critical path. */
const STEADY = { ...ANCHOR_DELAYS, delays: { ...ANCHOR_DELAYS.delays, jitter: 0 } };

export const readyTime: Figure = {
  name: "ready-time",
  title: "Time to Ready over the critical path of the injected delays, and 1,500 mutations a minute",
  measure: async (scale) => [...(await overCriticalPath(scale)), ...(await atOnce(scale))],
};

async function overCriticalPath(scale: Scale): Promise<readonly Row[]> {
  const shortestMs = await criticalPathMs();
  const fleet = createFleet({ ...STEADY, rates: UNLIMITED });
  await fleet.create(clusterNames(CLUSTERS[scale]));
  const p99Ms = quantile([...fleet.readyAfterMs.values()], 0.99);
  const size = `${CLUSTERS[scale]} clusters`;
  const mostMs = Math.max(OVER_MS_MAX, shortestMs * OVER_SHARE_MAX);
  return [
    {
      figure: "critical path of the injected delays",
      value: shortestMs / 1_000,
      unit: "s",
      size: "1 cluster",
    },
    { figure: "time to Ready, p99", value: p99Ms / 1_000, unit: "s", size, anchor: "GKE: 3m20s … 9m22s" },
    {
      figure: "over the critical path, p99",
      value: (p99Ms - shortestMs) / 1_000,
      unit: "s",
      size,
      goal: { atMost: mostMs / 1_000 },
    },
  ];
}

/** The same cluster when the control plane looks again the moment that anything at all has happened. */
async function criticalPathMs(): Promise<number> {
  const plane = createPlane({ ...STEADY, rates: UNLIMITED });
  const startMs = plane.clock.nowMs();
  await plane.write("c0", clusterDocument("c0"));
  while ((await plane.status("c0"))?.phase !== "Ready") {
    const atMs = plane.clock.nextMs();
    if (atMs === undefined || atMs - startMs > LIMIT_MS) throw new Error("the cluster does not become Ready");
    await plane.clock.advanceTo(atMs);
    await plane.pass("c0", "something has happened");
  }
  return plane.clock.nowMs() - startMs;
}

async function atOnce(scale: Scale): Promise<readonly Row[]> {
  const count = AT_ONCE[scale];
  const counters = createCounters();
  const minutes = new Map<number, number>();
  const fleet = createFleet({
    ...ANCHOR_DELAYS,
    rates: DEFAULT_RATES,
    wrap: {
      ...counters.wrap,
      compute: (service) => {
        const counted = counters.wrap.compute?.(service) ?? service;
        return (call) => {
          const before = counters.counts.mutations;
          const answer = counted(call);
          const minute = Math.floor(fleet.plane.clock.nowMs() / 60_000);
          if (counters.counts.mutations > before) minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
          return answer;
        };
      },
    },
  });
  await fleet.create(clusterNames(count));
  const size = `${count} at once`;
  const slowest = quantile([...fleet.readyAfterMs.values()], 1);
  return [
    {
      figure: "calls refused for their rate",
      value: counters.counts.rateLimited,
      unit: "",
      size,
      goal: { atMost: 0 },
    },
    {
      figure: "mutations in the busiest minute",
      value: Math.max(...minutes.values()),
      unit: `of ${DEFAULT_RATES.mutations}`,
      size,
    },
    { figure: "all Ready after (virtual)", value: slowest / 1_000, unit: "s", size },
  ];
}
