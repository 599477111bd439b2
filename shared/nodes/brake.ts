/**
 * What keeps failed machines from being repaired for a while, as holds. Pure. Each opens by itself: with its time, with
 * what it waits for, or, after an hour of a storm, for one machine at a time.
 */
import type { Repair } from "../status/care.ts";
import type { CareMachine, CareView, PoolCare } from "./care-view.ts";
import type { Cause } from "./cause.ts";
import type { Hold } from "./hold.ts";
import { pauseHolds } from "./pause.ts";
import { timesOf } from "./repair-memory.ts";
import { triedInSlot } from "./slot.ts";
import { COOL_DOWN_MS, PROBE_AFTER_MS, type Weather, weatherOf } from "./storm.ts";

/** Recreations of a pool are counted over this long. */
export const RETRY_WINDOW_MS = 24 * 3_600_000;
/** The first wait once each machine of the pool could have been made anew; doubled with each further one. */
export const RETRY_FIRST_MS = 10 * 60_000;
export const RETRY_MAX_MS = 4 * 3_600_000;

/** A hold of a storm, which after a while lets single machines through. */
export interface Brake extends Hold {
  readonly weather?: Weather;
}

const MENDING: readonly Cause[] = ["repair", "maintenance"];

export function brakesFor(view: CareView, pool: PoolCare): readonly Brake[] {
  return [
    ...pauseHolds(view.care.pauses, pool.pool, view.nowMs),
    ...unseen(view),
    ...storms(view, pool),
    ...retries(view, pool),
  ];
}

function unseen({ care: { lostMs } }: CareView): readonly Brake[] {
  if (lostMs === null) return [];
  return [
    {
      reason: "ObservationLost",
      causes: "all",
      waitsFor: `the cluster's API to answer again, silent since ${iso(lostMs)}`,
    },
  ];
}

const REASONS = { cluster: "ObservationLost", zone: "ZoneUnhealthy", pool: "TooManyUnhealthy" } as const;
/** Where nodes are silent nothing is rolled out either, for as long as such a thing mostly lasts; later an upgrade may be the cure. */
const SILENT_CAUSES: readonly Cause[] = [...MENDING, "upgrade"];

function storms({ care, nowMs }: CareView, { pool, policy }: PoolCare): readonly Brake[] {
  return care.storms.flatMap((storm): readonly Brake[] => {
    const [kind = "", name = ""] = storm.scope.split("/");
    if (kind === "pool" && name !== pool) return [];
    const weather = weatherOf(storm, nowMs);
    if (weather === "gradual") return [];
    const where = kind === "zone" ? { zone: `zones/${name}` } : {};
    if (weather === "cooling") {
      const untilMs = (storm.endedMs ?? nowMs) + COOL_DOWN_MS;
      const waitsFor = `the cool-down after ${whatOf(kind, name)} to end at ${iso(untilMs)}`;
      return [
        {
          reason: "CoolingDown",
          causes: kind === "pool" ? MENDING : SILENT_CAUSES,
          ...where,
          waitsFor,
          untilMs,
          weather,
        },
      ];
    }
    const reason = REASONS[kind as keyof typeof REASONS] ?? REASONS.pool;
    const tries = [
      ...(policy.ladder.includes("restart") ? ["restarted"] : []),
      ...(policy.ladder.includes("recreate") && kind === "pool" ? ["replaced where nodes are Ready"] : []),
    ];
    const later = `; from ${iso(storm.sinceMs + PROBE_AFTER_MS)} single machines are ${tries.join(", or ")}`;
    const since = `which began at ${iso(storm.sinceMs)}: ${storm.message}`;
    const waitsFor = `${whatOf(kind, name)} to end, ${since}${tries.length === 0 ? "" : later}`;
    const causes = kind !== "pool" && weather === "storm" ? SILENT_CAUSES : MENDING;
    const tried = kind === "pool" && weather === "probing" ? { letsProbePass: true } : {};
    return [{ reason, causes, ...where, waitsFor, weather, ...tried }];
  });
}

function whatOf(kind: string, name: string): string {
  if (kind === "zone") return `the trouble of zone ${name}`;
  return kind === "cluster" ? "the silence of the cluster's nodes" : `the trouble of pool ${name}`;
}

/** While a pool's machines fail again and again. */
function retries({ care, nowMs }: CareView, { pool, size }: PoolCare): readonly Brake[] {
  const recent = recreations(care.repairs, pool, nowMs);
  const beyond = recent.length - Math.max(1, size) + 1;
  return growingWait(recent, beyond, nowMs, (until) => ({
    waitsFor: `the next try at ${until}, for ${recent.length} machines of pool ${pool} were replaced within a day`,
  }));
}

/**
 * In a large pool one place may fail on and on before each machine could have been made anew: who came in place of a
 * machine that was replaced, and failed as well, waits as a pool of one does.
 */
export function slotBrakes({ care, nowMs }: CareView, machine: CareMachine): readonly Brake[] {
  const { path, name, slot } = machine;
  // Of itself it was decided already: it is due until it is gone.
  if (slot === undefined || isDecided(care.repairs, machine)) return [];
  const recent = triedInSlot(care.repairs, { path, slot }, "recreate", nowMs);
  const before = recent.length === 1 ? "the machine" : `${recent.length} machines`;
  return growingWait(recent, recent.length, nowMs, (until) => ({
    machine: name,
    waitsFor: `the next try to replace ${name} at ${until}, for ${before} before it in its place failed too within a day`,
  }));
}

/** Waits grow with each try that did not help; the count forgets, so it never stops for good. */
function growingWait(
  triedMs: readonly number[],
  beyond: number,
  nowMs: number,
  tell: (until: string) => Pick<Brake, "waitsFor" | "machine">,
): readonly Brake[] {
  if (beyond < 1) return [];
  const untilMs = Math.max(...triedMs) + Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (beyond - 1));
  if (nowMs >= untilMs) return [];
  return [{ reason: "RetryLater", causes: ["repair"], ...tell(iso(untilMs)), untilMs, letsUrgentPass: true }];
}

function isDecided(repairs: readonly Repair[], { path, machine }: CareMachine): boolean {
  return repairs.some(
    (one) => one.step === "recreate" && one.machine === path && one.instanceId === machine?.instanceId,
  );
}

/** When machines of the pool were made anew within a day. */
function recreations(repairs: readonly Repair[], pool: string, nowMs: number): readonly number[] {
  return repairs
    .filter((repair) => repair.pool === pool && repair.step === "recreate")
    .flatMap(timesOf)
    .filter((atMs) => nowMs - atMs < RETRY_WINDOW_MS);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
