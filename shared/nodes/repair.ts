/** Decides which failed machines of each pool are restarted or leave it now, and what the others wait for. Pure. */
import type { Repair } from "../status/care.ts";
import { type Brake, brakesFor, slotBrakes } from "./brake.ts";
import type { CareMachine, CareView, PoolCare } from "./care-view.ts";
import type { Leave } from "./cause.ts";
import { START_UP_MS } from "./health.ts";
import { type Hold, heldUp } from "./hold.ts";
import { ladderAfter, RESTARTS_A_DAY_MAX, type Rung, rungOf } from "./ladder.ts";
import { slotOf, triedInSlot } from "./slot.ts";
import { weatherOf } from "./storm.ts";
import { isUnhealthy, type Judged, judgeAll } from "./tally.ts";

export interface Restart {
  readonly machine: CareMachine;
  readonly reason: string;
  /** Somebody asked for it. */
  readonly isAsked?: true;
}
export interface PoolRepairs {
  readonly pool: string;
  readonly judged: readonly Judged[];
  readonly unhealthy: number;
  /** By machine's name. */
  readonly leaves: ReadonlyMap<string, Leave>;
  readonly restarts: readonly Restart[];
  /** Names of failed machines on which all of the ladder was tried. */
  readonly exhausted: ReadonlySet<string>;
  readonly holds: readonly Hold[];
  /** The brake that keeps a failed machine from being repaired, if one does. */
  readonly held: Hold | undefined;
  /** Noun phrases: what suspects and failed machines wait for. */
  readonly waiting: readonly string[];
}

export function decideRepairs(view: CareView): ReadonlyMap<string, PoolRepairs> {
  const byPool = Map.groupBy(judgeAll(view), ({ pool }) => pool);
  return new Map(view.pools.map((pool) => [pool.pool, decide(view, pool, byPool.get(pool) ?? [])]));
}

function decide(view: CareView, pool: PoolCare, judged: readonly Judged[]): PoolRepairs {
  const failed = judged.filter(({ verdict }) => verdict.is === "failed");
  const brakes = [...brakesFor(view, pool), ...failed.flatMap(({ machine }) => slotBrakes(view, machine))];
  const waiting: string[] = [];
  const leaves = new Map<string, Leave>();
  const restarts: Restart[] = [];
  const exhausted = new Set<string>();
  let held: Hold | undefined;
  for (const { machine, verdict } of judged)
    if (verdict.is === "soon") leaves.set(machine.name, { cause: "maintenance", reason: verdict.reason });
    else if (verdict.is === "suspect" || verdict.is === "elsewhere") waiting.push(watched(machine, verdict));
  let room = capOf(view, pool) - underWay(view, pool, judged);
  let probed = tryingOf(view, judged).length > 0;
  for (const one of inTurn(judged)) {
    const { machine, verdict } = one;
    if (verdict.is !== "failed") continue;
    const rung = rungFor(view, pool, machine);
    if (rung.is === "exhausted") exhausted.add(machine.name);
    if (machine.asked !== undefined && machine.parked !== true) {
      const step = stepAsked(one, rung, brakes);
      if (step.waitsFor !== undefined) waiting.push(step.waitsFor);
      if (step.leave !== undefined) leaves.set(machine.name, step.leave);
      if (step.restart !== undefined) restarts.push(step.restart);
    } else if (machine.leftTo !== undefined && verdict.urgent !== true)
      waiting.push(`${machine.leftTo}: ${verdict.reason}`);
    else if (machine.parked === true)
      waiting.push(`node ${machine.name} to be uncordoned by whoever keeps it so: ${verdict.reason}`);
    else if (!pool.policy.enabled) waiting.push(`somebody to mend it, for repair is off: ${verdict.reason}`);
    else if (rung.is === "trying")
      waiting.push(
        `${machine.name} to be well after its restart, or ${timeOf(rung.untilMs)}: ${verdict.reason}`,
      );
    else if (rung.is === "exhausted") waiting.push(exhaustedWords(verdict.reason, rung.againMs));
    else {
      const urgent = verdict.urgent === true;
      const taken = rung.step === "recreate" ? { machine: machine.name } : {};
      const brake = heldUp(brakes, { cause: "repair", urgent, zone: machine.zone, ...taken });
      const free = verdict.taken === true || machine.cordoned;
      if (brake !== undefined && !probed && (free || room > 0) && mayReplaceOne(machine, rung, brakes)) {
        probed = true;
        leaves.set(machine.name, { ...leaveOf(one), probe: true });
      } else if (brake !== undefined) {
        held ??= brake;
        waiting.push(brake.waitsFor);
        if (!probed && mayProbe(view, pool, machine, brakes)) {
          probed = true;
          restarts.push({
            machine,
            reason: `${verdict.reason}; whether a restart helps is tried on this one`,
          });
        } else if (rung.step === "recreate" && machine.cordoned) leaves.set(machine.name, leaveOf(one));
      } else if (room <= 0 && !free) waiting.push(`its turn to repair ${machine.name}: ${verdict.reason}`);
      else {
        if (!free) room -= 1;
        if (rung.step === "restart") restarts.push({ machine, reason: verdict.reason });
        else leaves.set(machine.name, { ...leaveOf(one), reason: whyReplaced(view, one) });
      }
    }
  }
  const unhealthy = judged.filter(isUnhealthy).length;
  return { pool: pool.pool, judged, unhealthy, leaves, restarts, exhausted, holds: brakes, held, waiting };
}

/**
 * Somebody looked at this one machine and wants it repaired: brakes that are on because many machines look bad, the
 * turns of others and a repair that is off do not hold it. What stops everything does: a pause, a cluster out of sight.
 */
function stepAsked(
  one: Judged,
  rung: Rung,
  brakes: readonly Brake[],
): { readonly waitsFor?: string; readonly leave?: Leave; readonly restart?: Restart } {
  const { machine, verdict } = one;
  const { operation = "", reason: wish = "" } = machine.asked ?? {};
  const reason = `${leaveOf(one).reason}; ${wish}`;
  if (rung.is === "trying") return { waitsFor: `${machine.name} to be well after its restart: ${reason}` };
  if (rung.is === "exhausted") return { waitsFor: exhaustedWords(reason, rung.againMs) };
  const brake = heldUp(brakes, { cause: "command", zone: machine.zone });
  if (brake !== undefined) return { waitsFor: brake.waitsFor };
  if (rung.step === "restart") return { restart: { machine, reason, isAsked: true } };
  const urgent = verdict.is === "failed" && verdict.urgent === true ? { urgent: true } : {};
  return { leave: { cause: "command", reason, operation, ...urgent } };
}

function leaveOf({ verdict }: Judged): Leave {
  const urgent = verdict.is === "failed" && verdict.urgent === true;
  const reason = verdict.is === "well" ? "" : verdict.reason;
  return { cause: "repair", reason, ...(urgent ? { urgent } : {}) };
}

function watched(
  { name }: CareMachine,
  verdict: { readonly reason: string; readonly untilMs?: number },
): string {
  const then = verdict.untilMs === undefined ? "" : `, or ${timeOf(verdict.untilMs)}`;
  return `${name} to be well again${then}: ${verdict.reason}`;
}

function exhaustedWords(reason: string, againMs: number | undefined): string {
  if (againMs === undefined)
    return `somebody to mend it, for repair.ladder has nothing for a machine like this: ${reason}`;
  return `somebody to mend it, or another try at ${timeOf(againMs)}, for all of repair.ladder was tried: ${reason}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function restartsOf({ care, nowMs }: CareView, machine: CareMachine): number {
  return triedInSlot(care.repairs, machine, "restart", nowMs).length;
}

/** Also why it is not restarted, if that is new to who reads it. */
function whyReplaced(view: CareView, one: Judged): string {
  const { reason } = leaveOf(one);
  const restarts = restartsOf(view, one.machine);
  return restarts < RESTARTS_A_DAY_MAX
    ? reason
    : `${reason}; ${restarts} restarts within a day did not help for long`;
}

/** Drains that have begun go on first; then what the cloud has taken; then by name. */
function inTurn(judged: readonly Judged[]): readonly Judged[] {
  const rank = ({ machine, verdict }: Judged) =>
    machine.cordoned ? 0 : verdict.is === "failed" && verdict.urgent === true ? 1 : 2;
  return judged.toSorted(
    (one, other) => rank(one) - rank(other) || (one.machine.name < other.machine.name ? -1 : 1),
  );
}

/** After a storm one at a time. */
function capOf({ care, nowMs }: CareView, { pool, policy, machines }: PoolCare): number {
  const isAfterStorm = care.storms.some((storm) => {
    const [kind, name] = storm.scope.split("/");
    const concerns =
      kind === "pool"
        ? name === pool
        : kind !== "zone" || machines.some(({ zone }) => zone === `zones/${name}`);
    return concerns && weatherOf(storm, nowMs) !== "storm";
  });
  return isAfterStorm ? 1 : policy.maxInFlight;
}

/** Not a node that a command keeps cordoned: nobody is at its machine until it is uncordoned. */
export function isDraining({ machine, verdict }: Judged): boolean {
  return machine.cordoned && machine.parked !== true && verdict.is === "failed";
}

/** Restarts at work, drains of failed machines, and machines replaced a while ago whose successors have not joined. */
function underWay({ care, nowMs }: CareView, pool: PoolCare, judged: readonly Judged[]): number {
  const draining = judged.filter(isDraining).length;
  const joined = pool.machines.filter(({ node, going }) => node !== undefined && !going);
  const filled = new Set(joined.map(({ path, slot = path }) => slot));
  const joinMs = pool.policy.joinMs ?? START_UP_MS;
  // Who is in a slot is a guess, on which no second repair begins early; and none is held up by it for a day.
  const boundMs = (one: Repair) => (filled.has(slotOf(one)) ? Math.min(START_UP_MS, joinMs) : joinMs);
  const replaced = care.repairs.filter(
    (one) => one.pool === pool.pool && one.step === "recreate" && nowMs - one.atMs < boundMs(one),
  );
  const missing = Math.max(0, pool.size - joined.length);
  return draining + tryingOf({ care, nowMs }, judged).length + Math.min(replaced.length, missing);
}

function tryingOf({ care, nowMs }: Pick<CareView, "care" | "nowMs">, judged: readonly Judged[]) {
  return judged.filter(
    ({ machine, verdict, pool }) =>
      isUnhealthy({ verdict }) &&
      rungOf(pool.policy.ladder, triedOn(care.repairs, machine), false, nowMs, pool.policy.restartTakesMs)
        .is === "trying",
  );
}

/** By its number: a machine of the same name that was made anew begins at the bottom. */
function triedOn(repairs: readonly Repair[], { path, machine }: CareMachine): readonly Repair[] {
  return repairs.filter((one) => one.machine === path && one.instanceId === machine?.instanceId);
}

/** What does not run cannot be reset, and one that never joined has done all that its first boot does: better another. */
function rungFor(view: CareView, { policy }: PoolCare, machine: CareMachine): Rung {
  const { care, nowMs } = view;
  const isOn = machine.machine?.status === "RUNNING";
  const isNew = machine.node === undefined && policy.ladder.includes("recreate");
  const ladder =
    isOn && !isNew
      ? ladderAfter(policy.ladder, restartsOf(view, machine))
      : policy.ladder.filter((step) => step === "recreate");
  return rungOf(
    ladder,
    triedOn(care.repairs, machine),
    machine.node?.ready === true,
    nowMs,
    policy.restartTakesMs,
  );
}

/**
 * An hour into a pool's trouble one machine after another is drained and replaced whose node is Ready and yet reports what does
 * not mend by itself: it is heard, so it is no outage, and a restart would take its pods without asking.
 */
function mayReplaceOne(machine: CareMachine, rung: Rung, brakes: readonly Brake[]): boolean {
  if (machine.node?.ready !== true || machine.machine?.status !== "RUNNING") return false;
  if (rung.is !== "due" || rung.step !== "recreate") return false;
  const { name, zone } = machine;
  return heldUp(brakes, { cause: "repair", probe: true, zone, machine: name }) === undefined;
}

/** An hour into a storm a silent machine may be restarted, which deletes nothing, if nothing but storms is against it. */
function mayProbe(
  view: CareView,
  { policy }: PoolCare,
  machine: CareMachine,
  brakes: readonly Brake[],
): boolean {
  if (!policy.ladder.includes("restart") || machine.machine?.status !== "RUNNING") return false;
  if (machine.node?.ready !== false || machine.cordoned) return false;
  const against = brakes.filter(
    (brake) => heldUp([brake], { cause: "repair", zone: machine.zone }) !== undefined,
  );
  if (!against.every(({ weather }) => weather === "probing")) return false;
  const rung = rungOf(
    ["restart"],
    triedOn(view.care.repairs, machine),
    false,
    view.nowMs,
    policy.restartTakesMs,
  );
  return rung.is === "due";
}
