/** Any machines that a pool may begin with, and what befalls its nodes: what properties of rollouts draw. */
import fc from "fast-check";
import { type PoolModel, ready } from "./pool-model.ts";

const MACHINES_MAX = 7;
const GUSTS_MAX = 12;

export const machinesArbitrary = fc.array(
  fc.record({
    outdated: fc.boolean(),
    drainTicks: fc.integer({ min: 0, max: 3 }),
    state: fc.constantFrom("ready", "ready", "ready", "unready", "absent", "foreign"),
  }),
  { maxLength: MACHINES_MAX },
);

interface Gust {
  readonly tick: number;
  readonly machine: number;
  readonly ready: boolean;
}
export function weatherArbitrary(lastTick: number): fc.Arbitrary<readonly Gust[]> {
  const gust = fc.record({
    tick: fc.integer({ min: 0, max: lastTick }),
    machine: fc.integer({ min: 0, max: 9 }),
    ready: fc.boolean(),
  });
  return fc.array(gust, { maxLength: GUSTS_MAX });
}

/** The nodes become what was drawn for them. */
export function setStates(model: PoolModel, drawn: readonly { readonly state: string }[]): void {
  for (const [index, machine] of model.machines.entries()) {
    const state = drawn[index]?.state;
    const node = ready(machine);
    if (state === "absent") delete machine.node;
    else if (state === "unready") machine.node = { ...node, ready: false };
    else if (state === "foreign") machine.node = { ...node, cordon: { by: "others" } };
  }
}

export function blow(model: PoolModel, weather: readonly Gust[], tick: number): void {
  for (const gust of weather.filter((one) => one.tick === tick)) {
    const node = model.machines[gust.machine]?.node;
    if (node !== undefined) node.ready = gust.ready;
  }
}

/** Everybody lets go of what they hold, and every node is well. */
export function calm({ machines }: PoolModel): void {
  for (const { node } of machines) {
    if (node === undefined) continue;
    node.ready = true;
    if (node.cordon.by === "others") node.cordon = { by: "nobody" };
  }
}
