/** What unhealthy machines share that the others do not: the likely culprit of a correlated failure, in words. Pure. */

export interface Suspect {
  readonly unhealthy: boolean;
  /** What may be to blame, by what it is: `{ zone: "europe-west4-a", version: "1.36.4" }`. */
  readonly traits: Readonly<Partial<Record<Trait, string>>>;
}
/** In the order in which they are named: a zone explains more than a template that all machines there have too. */
export const TRAITS = ["zone", "template", "version", "pool"] as const;
export type Trait = (typeof TRAITS)[number];

const WORDS: Readonly<Record<Trait, string>> = {
  zone: "zone",
  template: "machines made from template",
  version: "kubelet version",
  pool: "pool",
};
/** Two machines that fail together are a coincidence more often than not. */
const FAILED_MIN = 2;
/** A trait is to blame when nearly all that failed have it, and few that have it are well. */
const SHARE_OF_FAILED_MIN = 0.8;
const SHARE_OF_TRAIT_MIN = 0.5;

/** @returns `zone europe-west4-a (5 of its 6 nodes, 1 of 12 elsewhere)`; nothing where nothing stands out */
export function culpritOf(machines: readonly Suspect[]): string | undefined {
  const failed = machines.filter(({ unhealthy }) => unhealthy).length;
  if (failed < FAILED_MIN) return undefined;
  const found = TRAITS.flatMap((trait) => candidates(machines, trait, failed));
  const best = found.toSorted((one, other) => other.score - one.score)[0];
  return best?.text;
}

function candidates(machines: readonly Suspect[], trait: Trait, failed: number) {
  const groups = Map.groupBy(machines, ({ traits }) => traits[trait]);
  // What all of them have tells nothing.
  if (groups.size < 2) return [];
  return [...groups].flatMap(([value, members]) => {
    if (value === undefined) return [];
    const bad = members.filter(({ unhealthy }) => unhealthy).length;
    const ofFailed = bad / failed;
    const ofTrait = bad / members.length;
    if (ofFailed < SHARE_OF_FAILED_MIN || ofTrait < SHARE_OF_TRAIT_MIN) return [];
    const elsewhere = `${failed - bad} of ${machines.length - members.length} elsewhere`;
    const text = `${WORDS[trait]} ${value} (${bad} of its ${members.length} nodes, ${elsewhere})`;
    return [{ text, score: ofFailed + ofTrait }];
  });
}
