/**
 * Decides what happens next to the machines of one pool: which is drained, deleted, kept, and whether the group grows
 * first. Pure, and without a memory: where a rollout stands is read from machines and cordons.
 *
 *   machine: stays ─take─► cordoned, drained ─► going ─► gone        a taken one that is wanted again ─uncordon─► stays
 */
import type { Cause, Leave } from "./cause.ts";
import { type Hold, heldUp } from "./hold.ts";
import { neededAgain } from "./needed-again.ts";
import type { PoolMachine, PoolView } from "./pool-view.ts";
import { goes, isAvailable, isEmpty, isOurs, isReady, type Standing, standingOf } from "./standing.ts";
import { inTurn } from "./turns.ts";

/** What is done to one machine, and why. */
export interface MachineDecision {
  /**
   * cordon begins a drain, drain goes on with one, delete takes a machine on which nothing runs, restart has it take the
   * present template.
   */
  readonly verb: "cordon" | "drain" | "delete" | "uncordon" | "restart";
  readonly name: string;
  readonly cause: Cause;
  readonly reason: string;
  /** Its own reason to leave, where it has one. */
  readonly leave?: Leave;
  /** Of the command that asked for it. */
  readonly operation?: string;
  /** Where a drain's time counts from later than its cordon. */
  readonly sinceMs?: number;
  /** Once drained it is not deleted but kept. */
  readonly keep?: true;
}
export interface PoolDecision {
  readonly machines: readonly MachineDecision[];
  /** The group's new target. */
  readonly grow?: {
    readonly to: number;
    readonly reason: string;
    /** Of the replacements that it is for; absent when they have several. */
    readonly cause?: Cause;
  };
  /** How far it has come, as a clause: "1 of 3 machines of pool general replaced". Absent when nothing goes on. */
  readonly progress?: string;
  /** Noun phrases. */
  readonly waiting: readonly string[];
  /** What only a person can mend. */
  readonly problems: readonly { readonly name: string; readonly message: string }[];
}

export function decidePool(view: PoolView): PoolDecision {
  const standing = standingOf(view);
  const kept = standing.here.filter((machine) => isOurs(machine) && !standing.leaving.has(machine.name));
  const begun = standing.here.filter((machine) => isOurs(machine) && standing.leaving.has(machine.name));
  const goOn = continuing(view, standing, begun);
  const next = taking(view, standing, begun);
  const grow = growth(view, standing);
  const coming = comings(view, standing);
  const progress = progressOf(view, standing);
  return {
    machines: [...kept.map((machine) => keeping(view, machine)), ...goOn.machines, ...next.machines],
    ...(grow === undefined ? {} : { grow }),
    ...(progress === undefined ? {} : { progress }),
    // What comes is said, not what that is needed for.
    waiting: [...goOn.waiting, ...(grow === undefined && coming.length === 0 ? next.waiting : coming)],
    problems: next.problems,
  };
}

/** Ready nodes that must stay. One that stays or comes back is missed by itself, for no other is made in its place. */
function floorOf({ size, budget }: PoolView, machine: PoolMachine): number {
  return size - (goes(machine) ? budget.unavailable : Math.max(1, budget.unavailable));
}

export function keeping(view: PoolView, { name }: PoolMachine): MachineDecision {
  return { verb: "uncordon", name, cause: "upgrade", reason: `pool ${view.pool} keeps ${name} after all` };
}

/** A drain rests while the pool has lost other nodes; but a node that is not Ready has nothing to lose. */
function continuing(view: PoolView, standing: Standing, begun: readonly PoolMachine[]) {
  const { available, going } = standing;
  const machines: MachineDecision[] = [];
  const waiting: string[] = [];
  const back = neededAgain(view, standing, begun, growth(view, standing) !== undefined);
  // There are more of them only after an edit that made the budget smaller.
  for (const machine of begun.slice(0, Math.max(0, view.budget.inFlight - going.length))) {
    if (back.has(machine)) continue;
    const held = heldUp(
      view.holds.filter((hold) => hold.letsBegunPass !== true),
      askOf(view, machine),
    );
    if (held?.givesBack === true) machines.push(givingBack(view, machine, held));
    if (held !== undefined) waiting.push(held.waitsFor);
    else if (isReady(machine) && available < floorOf(view, machine))
      waiting.push(shortOf(view, available, machine));
    else machines.push(decided(view, machine, machine.off === true ? "delete" : "drain"));
  }
  return { machines: [...machines, ...[...back].map((machine) => takingPods(view, machine))], waiting };
}

function takingPods(view: PoolView, machine: PoolMachine): MachineDecision {
  const reason = `pool ${view.pool} has too few nodes that take pods; until it has more, ${machine.name} takes them again`;
  return { ...decided(view, machine, "uncordon"), reason };
}

function givingBack(view: PoolView, machine: PoolMachine, { waitsFor }: Hold): MachineDecision {
  const reason = `its drain waits for ${waitsFor}; until then ${machine.name} takes pods again`;
  return { ...decided(view, machine, "uncordon"), reason };
}

function shortOf(view: PoolView, available: number, machine: PoolMachine): string {
  const others = `${floorOf(view, machine)} other nodes of pool ${view.pool}`;
  return `${others} to be Ready before ${machine.name} is taken (${available} are${whoIsEmpty(view.machines)})`;
}

/** The rest of a clause about how many serve. */
export function whoIsEmpty(machines: readonly PoolMachine[]): string {
  const empty = machines.filter(isEmpty).map(({ name }) => name);
  return empty.length === 0
    ? ""
    : `; a command drained ${empty.join(", ")}, until somebody asks for an uncordon`;
}

/** Takes as many more as the budget has room for (S3), one after another, each counted before the next. */
function taking(view: PoolView, standing: Standing, begun: readonly PoolMachine[]) {
  const machines: MachineDecision[] = [];
  const waiting: string[] = [];
  const problems: { name: string; message: string }[] = [];
  let inFlight = begun.length + standing.going.length;
  let { available } = standing;
  const candidates = inTurn(
    standing.here.filter((machine) => standing.leaving.has(machine.name) && !isOurs(machine)),
  );
  // The list and the target contradict each other while the group takes in a change.
  if (standing.here.length !== view.targetSize)
    return { machines, problems, waiting: [`pool ${view.pool} to have ${view.targetSize} machines`] };
  for (const machine of candidates) {
    const held = heldUp(view.holds, askOf(view, machine));
    if (held !== undefined) {
      waiting.push(held.waitsFor);
      continue;
    }
    if (machine.node?.cordon.by === "others") {
      problems.push({ name: machine.name, message: foreignCordon(view, machine) });
      continue;
    }
    if (inFlight >= view.budget.inFlight) break;
    if (machines.length >= (view.room ?? Number.POSITIVE_INFINITY)) {
      waiting.push(noRoom(view));
      break;
    }
    const left = isAvailable(machine) ? available - 1 : available;
    if (isReady(machine) && left < floorOf(view, machine))
      return { machines, problems, waiting: [...waiting, shortOf(view, left, machine)] };
    machines.push(take(view, machine));
    available = left;
    inFlight += 1;
  }
  return { machines, problems, waiting: [...new Set(waiting)] };
}

export function noRoom({ pool }: PoolView): string {
  return `other disruptions of the cluster to end before more of pool ${pool} begin (maintenance.maxDisruptions)`;
}

function take(view: PoolView, machine: PoolMachine): MachineDecision {
  const isBare = machine.off === true || (machine.node === undefined && goes(machine));
  return decided(view, machine, isBare ? "delete" : "cordon");
}

function decided(view: PoolView, machine: PoolMachine, verb: MachineDecision["verb"]): MachineDecision {
  const { name } = machine;
  const leave = ownLeave(view, machine);
  const { cause, operation } = causeOf(view, machine);
  return {
    verb,
    name,
    cause,
    reason: reasonFor(view, machine),
    ...(operation === undefined ? {} : { operation }),
    ...(leave === undefined ? {} : { leave }),
  };
}

/** What is the machine's own comes first: a repaired node is an upgraded one as well. */
function causeOf(view: PoolView, machine: PoolMachine): Omit<Leave, "reason"> {
  if (view.removed) return { cause: "removal" };
  const leave = ownLeave(view, machine);
  if (leave !== undefined) return leave;
  return { cause: machine.outdated ? "upgrade" : "scale-down" };
}

/**
 * Its own reason to leave. Of one that has failed and is outdated as well, what holds up repairs does not hold up the
 * upgrade, which may be the cure.
 */
function ownLeave({ holds }: PoolView, { outdated, zone, leave }: PoolMachine): Leave | undefined {
  const isCure =
    outdated &&
    leave?.cause === "repair" &&
    heldUp(holds, { ...leave, zone }) !== undefined &&
    heldUp(holds, { cause: "upgrade", zone }) === undefined;
  return isCure ? undefined : leave;
}

/** What is asked of the holds. */
function askOf(view: PoolView, machine: PoolMachine) {
  return { ...causeOf(view, machine), zone: machine.zone };
}

export function reasonFor(view: PoolView, machine: PoolMachine): string {
  const leave = ownLeave(view, machine);
  if (!view.removed && leave !== undefined) return leave.reason;
  if (view.removed) return `the spec no longer has pool ${view.pool}`;
  if (machine.outdated) return `${machine.name} is made from an older template of pool ${view.pool}`;
  return `pool ${view.pool} has more machines than ${view.size}`;
}

export function foreignCordon(view: PoolView, machine: PoolMachine): string {
  const { name } = machine;
  return (
    `${reasonFor(view, machine)}, but node ${name} was cordoned by somebody else and is left alone. ` +
    `Let it go with: kubectl uncordon ${name}.`
  );
}

/**
 * New machines first, where the budget has some too many. A deletion lowers the target by itself, so the group grows
 * again for each further one, and never while those that go would make it more than size and surge (S6).
 */
export function growth(
  view: PoolView,
  { here, going }: Pick<Standing, "here" | "going">,
): PoolDecision["grow"] {
  const { pool, size, budget, targetSize } = view;
  if (here.length !== targetSize) return undefined;
  const replaced = here.filter((machine) => wantsAnother(view, machine));
  const old = replaced.length;
  const wanted = size + Math.min(budget.surge, old, size);
  const to = Math.min(wanted, size + budget.surge - going.length);
  if (targetSize < size || to <= targetSize) return undefined;
  const many = to - size === 1 ? "1 machine" : `${to - size} machines`;
  return {
    to,
    reason: `pool ${pool} gets ${many} more while ${old} of its ${here.length} are replaced`,
    ...oneCause(view, replaced),
  };
}

function oneCause(view: PoolView, machines: readonly PoolMachine[]): { readonly cause?: Cause } {
  const [cause, ...others] = new Set(machines.map((machine) => causeOf(view, machine).cause));
  return cause === undefined || others.length > 0 ? {} : { cause };
}

/**
 * Outdated, or leaving by somebody's wish while it serves: one that does not serve is deleted first, and missed no more than
 * before. But none in place of one that may not be taken now.
 */
function wantsAnother(view: PoolView, machine: PoolMachine): boolean {
  const { outdated, leave } = machine;
  const isLeaving = leave !== undefined && leave.cause !== "scale-down" && goes(machine) && isReady(machine);
  return (outdated || isLeaving) && heldUp(view.holds, askOf(view, machine)) === undefined;
}

/** Machines on their way in and out, once something goes on at all. */
function comings(view: PoolView, { here, going, leaving }: Standing): readonly string[] {
  const staying = here.filter(({ name }) => !leaving.has(name));
  if (going.length === 0 && leaving.size === 0 && here.length <= view.size) return [];
  return [
    ...staying.filter(({ node }) => node === undefined).map(toJoin),
    ...staying.flatMap(toProve),
    ...going.map(({ name }) => `machine ${name} to be deleted`),
  ];
}

export function toProve({ name, node }: PoolMachine): readonly string[] {
  if (node?.ready === false) return [`node ${name} to be Ready`];
  return node?.unproven === undefined ? [] : [node.unproven];
}
export function toJoin({ name, trouble }: PoolMachine): string {
  return trouble === undefined ? `${name} to join` : `${name} to join, which could not be made: ${trouble}`;
}

function progressOf(view: PoolView, { here, going, leaving }: Standing): string | undefined {
  const { pool, size, removed } = view;
  const left = here.length + going.length;
  if (removed) return left === 0 ? undefined : `${left} machines left of pool ${pool}, which goes`;
  const old = [...here, ...going].filter(({ outdated }) => outdated).length;
  if (old > 0) return `${Math.max(0, size - old)} of ${size} machines of pool ${pool} replaced`;
  // A machine that leaves for a reason of its own leaves the pool as large as it is.
  const isOwn = here.some(({ leave }) => leave !== undefined) || left <= size;
  return leaving.size + going.length === 0 || isOwn
    ? undefined
    : `pool ${pool} shrinks from ${left} machines to ${size}`;
}
