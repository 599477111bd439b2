/** The world of a run: streams of chance that the seed parts, boots that a fault slows down, one moment to begin at. */
import type { Engine } from "../../shared/engine/engine.ts";
import { createWorld, type WorldOptions } from "../../simulation/world.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../../simulator/clock.ts";
import type { SimulatedCloud } from "../../simulator/cloud.ts";
import { DEFAULT_DELAYS } from "../../simulator/compute/delays.ts";
import { TEST_NOW_MS } from "../support/specs.ts";

/** When every run begins. */
export const START_MS = TEST_NOW_MS;

export interface Plane {
  readonly clock: VirtualClock;
  readonly cloud: SimulatedCloud;
  /** Ports without any fault; processes get them wrapped. */
  readonly engine: Engine;
  /** Boots take this many times as long now. */
  slowness: number;
}

export interface PlaneOptions extends Pick<WorldOptions, "post" | "log" | "wakeups" | "onLogEntry"> {
  readonly seed: number;
}

/** Streams of chance that do not disturb one another: what one part draws changes nothing for the others. */
const STREAMS = { engine: 1, cloud: 2 } as const;
const STREAM_STEP = 1_000_003;
export function chanceOf(seed: number, stream: number) {
  return createSeededChance(seed * STREAM_STEP + stream);
}

export function createPlane({ seed, ...options }: PlaneOptions): Plane {
  const clock = createVirtualClock(START_MS);
  const plane = { slowness: 1 };
  const world = createWorld({
    ...options,
    clock,
    chance: chanceOf(seed, STREAMS.engine),
    cloudChance: chanceOf(seed, STREAMS.cloud),
    delays: { bootMs: (type, image) => DEFAULT_DELAYS.bootMs(type, image) * plane.slowness },
  });
  return Object.assign(plane, { clock, cloud: world.cloud, engine: world.engine });
}
