/** The same things in another order, which a seed gives. */
import { createSeededChance } from "../../simulator/chance.ts";

export function shuffled<T>(things: readonly T[], seed: number): readonly T[] {
  const chance = createSeededChance(seed);
  return things
    .map((thing) => ({ thing, rank: chance.fraction() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ thing }) => thing);
}
