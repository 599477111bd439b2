/** List prices in US dollars, and how a month's metered use becomes a sum; free tiers apart. */

/**
 * A regional database, which is what terraform/ makes unless told otherwise: half of the multi-region price ($0.06, $0.18 and
 * $0.02 for 100,000 documents read, written and deleted). Source: https://cloud.google.com/firestore/pricing
 */
export const FIRESTORE = { read: 0.03 / 100_000, write: 0.09 / 100_000, delete: 0.01 / 100_000 };
/** Documents a day. Source: the same page. */
export const FIRESTORE_FREE_A_DAY = { reads: 50_000, writes: 20_000 };
/** Source: https://cloud.google.com/run/pricing, tier 1, billed by 100 ms. */
export const FUNCTIONS = {
  vcpuSecond: 0.000024,
  gibSecond: 0.0000025,
  request: 0.4 / 1_000_000,
  billedMs: 100,
};
/** Source: https://cloud.google.com/scheduler/pricing */
export const SCHEDULER_JOB_MONTH = 0.1;
/** What a function instance is given. */
export const INSTANCE = { vcpus: 1, gib: 0.5 };

export const DAYS_A_MONTH = 365 / 12;

export interface MonthlyUse {
  readonly reads: number;
  readonly writes: number;
  readonly invocations: number;
  /** Of all invocations together, after rounding each up to what is billed. */
  readonly billedSeconds: number;
  readonly schedulerJobs: number;
}
export interface Bill {
  readonly firestore: number;
  readonly functions: number;
  readonly scheduler: number;
}

/** At list price, nothing free. Pure. */
export function billOf(use: MonthlyUse): Bill {
  const instanceSecond = INSTANCE.vcpus * FUNCTIONS.vcpuSecond + INSTANCE.gib * FUNCTIONS.gibSecond;
  return {
    firestore: use.reads * FIRESTORE.read + use.writes * FIRESTORE.write,
    functions: use.invocations * FUNCTIONS.request + use.billedSeconds * instanceSecond,
    scheduler: use.schedulerJobs * SCHEDULER_JOB_MONTH,
  };
}

/** The same with Firestore's daily free documents taken off, spread evenly over the month. Pure. */
export function afterFreeDocuments(use: MonthlyUse): MonthlyUse {
  return {
    ...use,
    reads: Math.max(0, use.reads - FIRESTORE_FREE_A_DAY.reads * DAYS_A_MONTH),
    writes: Math.max(0, use.writes - FIRESTORE_FREE_A_DAY.writes * DAYS_A_MONTH),
  };
}

/** Pure. */
export function billedSeconds(durationMs: number): number {
  return (Math.max(1, Math.ceil(durationMs / FUNCTIONS.billedMs)) * FUNCTIONS.billedMs) / 1_000;
}

export const sumOf = (bill: Bill): number => bill.firestore + bill.functions + bill.scheduler;
