/** Counts what is unhealthy, by pool, zone and cluster, and says where it is too much to be the nodes' own fault. Pure. */
import { countOf } from "../spec/share.ts";
import type { CareMachine, CareView, PoolCare } from "./care-view.ts";
import { culpritOf } from "./culprit.ts";
import { judgeMachine, type Verdict } from "./health.ts";
import type { Breach } from "./storm.ts";

/** Source: kube-controller-manager --unhealthy-zone-threshold, and the nodes that a zone must have for it. */
const ZONE_UNHEALTHY_SHARE = 0.55;
const ZONE_NODES_MIN = 3;
/** When more nodes than this share fall silent at once, it is more likely that nobody hears them than that all are dead. */
const SILENT_SHARE = 2 / 3;
const SILENT_NODES_MIN = 3;

export interface Judged {
  readonly machine: CareMachine;
  readonly verdict: Verdict;
  readonly pool: PoolCare;
}

export function judgeAll({ pools, care, nowMs }: CareView): readonly Judged[] {
  const seenSinceMs = care.regainedMs ?? Number.NEGATIVE_INFINITY;
  return pools.flatMap((pool) => {
    const { afterMs, drainMs, firstStatusMs, joinMs } = pool.policy;
    return pool.machines
      .filter(({ going }) => !going)
      .map((machine) => ({
        machine,
        verdict: judgeMachine(
          machine,
          { afterMs, drainMs, firstStatusMs, joinMs, seenSinceMs, isOver: machine.asked !== undefined },
          nowMs,
        ),
        pool,
      }));
  });
}

/** What Compute Engine has taken back says nothing about the pool. */
export function isUnhealthy({ verdict }: Pick<Judged, "verdict">): boolean {
  return verdict.is === "suspect" || (verdict.is === "failed" && verdict.taken !== true);
}

/** A reboot or a hiccup is over before: it makes no storm. */
const WEIGHS_AFTER_MS = 60_000;
function weighs(one: Judged, nowMs: number): boolean {
  const { verdict, machine } = one;
  if (machine.away === true && verdict.is === "suspect") return false;
  if (verdict.is !== "suspect") return isUnhealthy(one);
  return verdict.sinceMs !== undefined && nowMs >= verdict.sinceMs + WEIGHS_AFTER_MS;
}

/** Shares are rounded down, yet one unhealthy node may always be repaired: of three, 20 % would be none. */
export function unhealthyMax({ size, policy }: PoolCare): number {
  return Math.max(1, countOf(policy.maxUnhealthy, size, "down"));
}

export function breachesOf(view: CareView, judged: readonly Judged[]): readonly Breach[] {
  return [...silence(view, judged), ...zones(view, judged), ...pools(view, judged)];
}

function silence({ members, unlisted }: CareView, judged: readonly Judged[]): readonly Breach[] {
  if (unlisted === true && judged.some(isUnhealthy))
    return [{ scope: "cluster", message: "the cluster's API lists none of the nodes that it runs on" }];
  const nodes = [...members, ...judged.flatMap(({ machine }) => machine.node ?? [])];
  const silent = nodes.filter(({ readiness }) => readiness === "Unknown").length;
  if (nodes.length < SILENT_NODES_MIN || silent <= nodes.length * SILENT_SHARE) return [];
  return [{ scope: "cluster", message: `${silent} of ${nodes.length} nodes of the cluster are silent` }];
}

/**
 * A zone that is dark does not answer: a node that is Ready and reports trouble speaks against its pool alone. The control
 * plane's nodes are counted with the others, and left out: whichever shows the outage.
 */
function zones({ members, nowMs }: CareView, judged: readonly Judged[]): readonly Breach[] {
  const workers = judged
    .filter(({ machine, verdict }) => machine.node !== undefined || verdict.is !== "well")
    .map((one) => ({ zone: one.machine.zone, bad: one.machine.node?.ready !== true && weighs(one, nowMs) }));
  const all = [...members.map(({ zone, ready }) => ({ zone, bad: !ready })), ...workers];
  return [...new Set(all.map(({ zone }) => zone))].flatMap((zone) => {
    const dark = [workers, all].map((nodes) => nodes.filter((node) => node.zone === zone)).find(isDark);
    if (dark === undefined) return [];
    const name = zone.replace(/^zones\//, "");
    const bad = dark.filter((node) => node.bad).length;
    return [{ scope: `zone/${name}`, message: `${bad} of ${dark.length} nodes in ${name} are unhealthy` }];
  });
}

function isDark(nodes: readonly { readonly bad: boolean }[]): boolean {
  const bad = nodes.filter((node) => node.bad).length;
  return nodes.length >= ZONE_NODES_MIN && bad >= nodes.length * ZONE_UNHEALTHY_SHARE;
}

function pools({ pools: all, nowMs }: CareView, judged: readonly Judged[]): readonly Breach[] {
  return all.flatMap((pool) => {
    const bad = judged.filter((one) => one.pool === pool && weighs(one, nowMs)).length;
    const most = unhealthyMax(pool);
    if (bad <= most) return [];
    const message =
      `${bad} of ${pool.size} nodes of pool ${pool.pool} are unhealthy, and repair.maxUnhealthy ` +
      `(${pool.policy.maxUnhealthy}) lets ${most} be`;
    return [{ scope: `pool/${pool.pool}`, message }];
  });
}

/** What they share, as far as it stands out. */
export function likelyCulprit(judged: readonly Judged[]): string | undefined {
  return culpritOf(
    judged.map((one) => {
      const { zone, template, version } = one.machine;
      return {
        unhealthy: isUnhealthy(one),
        traits: {
          zone: zone.replace(/^zones\//, ""),
          pool: one.pool.pool,
          ...(template === undefined ? {} : { template: template.split("/").at(-1) ?? template }),
          ...(version === undefined || version === "" ? {} : { version }),
        },
      };
    }),
  );
}
