/** Quotas: what a project uses of each metric, globally and by region, and how much it may use. */
import { quotaExceeded } from "./api-error.ts";

/**
 * Limits of an established project, by metric; real ones differ by project and are raised on request. Shapes and metric
 * names: compute.proto, Quota.Metric. Regional metrics count per region.
 */
export const DEFAULT_LIMITS: Readonly<Record<string, number>> = {
  NETWORKS: 50_000,
  SUBNETWORKS: 100_000,
  FIREWALLS: 500_000,
  ROUTERS: 50_000,
  HEALTH_CHECKS: 100_000,
  BACKEND_SERVICES: 100_000,
  FORWARDING_RULES: 100_000,
  TARGET_TCP_PROXIES: 50_000,
  INSTANCE_TEMPLATES: 200_000,
  IMAGES: 10_000,
  SNAPSHOTS: 1_000_000,
  GLOBAL_INTERNAL_ADDRESSES: 10_000,
  INSTANCES: 300_000,
  CPUS: 2_000_000,
  STATIC_ADDRESSES: 50_000,
  INTERNAL_ADDRESSES: 300_000,
  IN_USE_ADDRESSES: 300_000,
  INSTANCE_GROUPS: 200_000,
  INSTANCE_GROUP_MANAGERS: 200_000,
  DISKS_TOTAL_GB: 100_000_000,
  SSD_TOTAL_GB: 100_000_000,
  RESOURCE_POLICIES: 50_000,
};
/** For metrics that the table does not name (a machine family's processors, a GPU model). */
const OTHER_LIMIT = 2_000_000;

/** How much of which metric; `region` is `global` or a region's name. */
export interface Usage {
  readonly metric: string;
  readonly region: string;
  readonly amount: number;
}
export interface QuotaLine {
  readonly metric: string;
  readonly limit: number;
  readonly usage: number;
}
export interface Quotas {
  /** @throws ApiError 403 quotaExceeded when it would not fit; takes nothing */
  check(project: string, usages: readonly Usage[]): void;
  take(project: string, usages: readonly Usage[]): void;
  give(project: string, usages: readonly Usage[]): void;
  lines(project: string, region: string): readonly QuotaLine[];
}
/** Limits that differ from the default: by project, then `METRIC` or `region/METRIC`. */
export type QuotaLimits = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function createQuotas(limits: QuotaLimits): Quotas {
  const used = new Map<string, number>();
  const key = (project: string, { region, metric }: Omit<Usage, "amount">) =>
    `${project} ${region} ${metric}`;

  function limitOf(project: string, { region, metric }: Omit<Usage, "amount">): number {
    const own = limits[project] ?? limits["*"];
    return own?.[`${region}/${metric}`] ?? own?.[metric] ?? DEFAULT_LIMITS[metric] ?? OTHER_LIMIT;
  }
  function add(project: string, usages: readonly Usage[], sign: 1 | -1): void {
    for (const usage of usages) {
      const at = key(project, usage);
      used.set(at, (used.get(at) ?? 0) + sign * usage.amount);
    }
  }
  return {
    check(project, usages) {
      for (const usage of usages) {
        const limit = limitOf(project, usage);
        if ((used.get(key(project, usage)) ?? 0) + usage.amount > limit) {
          throw quotaExceeded(usage.metric, limit, usage.region);
        }
      }
    },
    take: (project, usages) => add(project, usages, 1),
    give: (project, usages) => add(project, usages, -1),
    lines(project, region) {
      const prefix = `${project} ${region} `;
      const seen = [...used.keys()]
        .filter((at) => at.startsWith(prefix))
        .map((at) => at.slice(prefix.length));
      const metrics = new Set([...Object.keys(DEFAULT_LIMITS), ...seen]);
      return [...metrics].sort().map((metric) => ({
        metric,
        limit: limitOf(project, { metric, region }),
        usage: used.get(`${prefix}${metric}`) ?? 0,
      }));
    },
  };
}
