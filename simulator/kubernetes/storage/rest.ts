/**
 * Rest: of the many clusters of a world few have something to do. When more than some are awake, those that nobody has asked
 * for a while are packed away, the longest unused first, and unpacked when somebody asks.
 *
 *     awake ─unused for ten minutes─► resting ─too many are awake─► asleep ─asked─► awake
 */
import type { Clock } from "../../../shared/ports/clock.ts";

/** A cluster rests when it has not been used for this long. */
export const REST_MS = 10 * 60_000;
/**
 * Clusters that stay unpacked however long they rest: unpacking one takes some milliseconds, which a small world never
 * pays. A hundred of ten nodes take some 30 MB.
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
    this.#resting.add(sleeper);
    this.#makeRoom();
  }
  left(sleeper: Sleeper): void {
    this.#awake.delete(sleeper);
    this.#resting.delete(sleeper);
  }
  #makeRoom(): void {
    for (const sleeper of this.#resting) {
      if (this.#awake.size <= this.#awakeMax) return;
      this.left(sleeper);
      sleeper.sleep();
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

/** Watches over one sleeper. `after` runs something later, under the key of this watch. */
export function createRest(
  clock: Clock,
  dormitory: Dormitory,
  sleeper: Sleeper,
  after: (run: () => void, delayMs: number) => void,
): Rest {
  let usedMs = 0;
  let isWatched = false;
  function watch(delayMs: number) {
    isWatched = true;
    after(look, delayMs);
  }
  function look() {
    isWatched = false;
    const leftMs = usedMs + REST_MS - clock.nowMs();
    if (leftMs > 0) watch(leftMs);
    else dormitory.rests(sleeper);
  }
  return {
    used() {
      usedMs = clock.nowMs();
      if (isWatched) return;
      dormitory.woke(sleeper);
      watch(REST_MS);
    },
    end: () => dormitory.left(sleeper),
  };
}
