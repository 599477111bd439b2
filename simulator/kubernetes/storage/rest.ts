/**
 * Rest: of the many clusters of a world few have something to do. Those that nobody has asked for a while are packed away,
 * and unpacked when somebody asks.
 *
 *     awake ─unused for ten minutes─► resting ─unused for two hours, or too many are awake─► asleep ─used─► awake
 */
import type { Clock } from "../../../shared/ports/clock.ts";

/** A cluster rests when it has not been used for this long; it may sleep where room is short. */
export const REST_MS = 10 * 60_000;
/** It sleeps when it has not been used for this long: a control plane looks at its clusters every hour. */
export const LONG_REST_MS = 2 * 60 * 60_000;
/**
 * Clusters that stay unpacked while they rest: unpacking one takes some milliseconds, which a small world does not pay at
 * every look. A hundred of ten nodes take some 20 MB.
 */
const AWAKE_MAX = 100;

/** What can be packed away. */
export interface Sleeper {
  sleep(): void;
}

/** Who is awake in one world, and who of them rests. */
export class Dormitory {
  readonly #awakeMax: number;
  readonly #awake = new Set<Sleeper>();
  /** In the order in which they came to rest. */
  readonly #resting = new Set<Sleeper>();

  constructor(awakeMax = AWAKE_MAX) {
    this.#awakeMax = awakeMax;
  }
  /** It is in use, for the first time or again. */
  woke(sleeper: Sleeper): void {
    this.#awake.add(sleeper);
    this.#resting.delete(sleeper);
    this.#makeRoom();
  }
  rests(sleeper: Sleeper): void {
    if (this.#awake.has(sleeper)) this.#resting.add(sleeper);
    this.#makeRoom();
  }
  sleeps(sleeper: Sleeper): void {
    this.left(sleeper);
    sleeper.sleep();
  }
  left(sleeper: Sleeper): void {
    this.#awake.delete(sleeper);
    this.#resting.delete(sleeper);
  }
  #makeRoom(): void {
    for (const sleeper of this.#resting) {
      if (this.#awake.size <= this.#awakeMax) return;
      this.sleeps(sleeper);
    }
  }
}

const dormitories = new WeakMap<Clock, Dormitory>();
/** Of the world under this clock. */
export function dormitoryOf(clock: Clock): Dormitory {
  const known = dormitories.get(clock) ?? new Dormitory();
  dormitories.set(clock, known);
  return known;
}

export interface Rest {
  /** Called whenever the sleeper is used. */
  used(): void;
  /** It is no more. */
  end(): void;
}

/** Watches over one sleeper. `later` runs something after a delay, once: an earlier one takes the place of a later one. */
export function createRest(
  clock: Clock,
  dormitory: Dormitory,
  sleeper: Sleeper,
  later: (run: () => void, delayMs: number) => void,
): Rest {
  let usedMs = 0;
  let isAwake = false;
  function look() {
    const restedMs = clock.nowMs() - usedMs;
    isAwake = restedMs < REST_MS;
    if (restedMs >= LONG_REST_MS) return dormitory.sleeps(sleeper);
    if (!isAwake) dormitory.rests(sleeper);
    later(look, (isAwake ? REST_MS : LONG_REST_MS) - restedMs);
  }
  return {
    used() {
      usedMs = clock.nowMs();
      if (isAwake) return;
      isAwake = true;
      dormitory.woke(sleeper);
      later(look, REST_MS);
    },
    end: () => dormitory.left(sleeper),
  };
}
