/** Which machines were made one in place of another, told from the repairs that are remembered: together a slot. Pure. */
import type { Repair } from "../status/care.ts";
import type { CareMachine } from "./care-view.ts";
import { timesOf } from "./repair-memory.ts";

/** What was tried on a slot counts for this long. */
export const SLOT_REMEMBERS_MS = 24 * 3_600_000;

/** Named by the first of its machines. */
export function slotOf({ slot, machine }: Pick<Repair, "slot" | "machine">): string {
  return slot ?? machine;
}

/**
 * Slots of machines that came in place of others, by path. A group names its machines as it likes, so it is told by time:
 * whoever was made after a machine was replaced took the slot that was open, in its zone if there is one.
 */
export function slotsOf(
  repairs: readonly Repair[],
  pool: string,
  all: readonly CareMachine[],
): ReadonlyMap<string, string> {
  const machines = all.filter(({ going }) => !going);
  const there = new Set(machines.map(({ path }) => path));
  const open = repairs
    .filter((one) => one.pool === pool && one.step === "recreate" && !there.has(one.machine))
    .toSorted((one, other) => one.atMs - other.atMs);
  const slots = new Map(machines.flatMap((machine) => remembered(repairs, machine)));
  const taken = new Set(slots.values());
  const newcomers = machines.filter(({ path }) => !slots.has(path));
  for (const { path, zone, machine } of open.length === 0 ? [] : newcomers.toSorted(byAge)) {
    const madeMs = machine?.createdMs;
    if (madeMs === undefined) continue;
    const before = open.filter(
      (one) => one.atMs <= madeMs && madeMs - one.atMs < SLOT_REMEMBERS_MS && !taken.has(slotOf(one)),
    );
    const found = before.findLast((one) => one.machine.includes(`/${zone}/`)) ?? before.at(-1);
    if (found === undefined) continue;
    slots.set(path, slotOf(found));
    taken.add(slotOf(found));
  }
  return slots;
}

function remembered(
  repairs: readonly Repair[],
  { path, machine }: CareMachine,
): readonly (readonly [string, string])[] {
  const own = repairs.findLast(
    (one) => one.machine === path && one.instanceId === machine?.instanceId && one.slot !== undefined,
  );
  return own?.slot === undefined ? [] : [[path, own.slot]];
}

function byAge(one: CareMachine, other: CareMachine): number {
  return (one.machine?.createdMs ?? 0) - (other.machine?.createdMs ?? 0);
}

/** Of the slot within a day, whichever machine was in it. What a command did to this one is remembered without its slot. */
export function triedInSlot(
  repairs: readonly Repair[],
  { path, slot = path }: Pick<CareMachine, "path" | "slot">,
  step: Repair["step"],
  nowMs: number,
): readonly number[] {
  return repairs
    .filter((one) => (slotOf(one) === slot || one.machine === path) && one.step === step)
    .flatMap(timesOf)
    .filter((atMs) => nowMs - atMs < SLOT_REMEMBERS_MS);
}
