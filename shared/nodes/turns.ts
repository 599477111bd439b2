/** Whose turn it is to go. Pure. */
import type { PoolMachine } from "./pool-view.ts";

/**
 * Which of the machines of the present template are too many: those on their way out already, then those that never
 * joined, then those that are not Ready, then of the zone that has most the youngest, on which least has settled.
 * Somebody else's cordon comes last: it is left alone while there are others.
 */
export function freshSurplus(here: readonly PoolMachine[], size: number): readonly PoolMachine[] {
  const left = here.filter(({ outdated }) => !outdated);
  const chosen: PoolMachine[] = [];
  while (left.length > size) {
    const inZone = Map.groupBy(left, ({ zone }) => zone);
    const crowd = ({ zone }: PoolMachine) => inZone.get(zone)?.length ?? 0;
    left.sort(
      (one, other) =>
        surplusRank(one) - surplusRank(other) ||
        crowd(other) - crowd(one) ||
        born(other) - born(one) ||
        byName(one, other),
    );
    const next = left.shift();
    if (next === undefined) break;
    chosen.push(next);
  }
  return chosen;
}

const RANKS = { begun: 0, absent: 1, unready: 2, ready: 3, foreign: 4 } as const;
function surplusRank({ node }: PoolMachine): number {
  if (node === undefined) return RANKS.absent;
  if (node.cordon.by === "us") return RANKS.begun;
  if (node.cordon.by === "others") return RANKS.foreign;
  return node.ready ? RANKS.ready : RANKS.unready;
}

/** Those whose going costs nothing first (never joined, not Ready), then outdated ones, oldest first, then the youngest. */
export function inTurn(machines: readonly PoolMachine[]): readonly PoolMachine[] {
  return machines.toSorted(
    (one, other) =>
      cost(one) - cost(other) ||
      Number(other.outdated) - Number(one.outdated) ||
      (one.outdated ? born(one) - born(other) : born(other) - born(one)) ||
      byName(one, other),
  );
}

function cost({ node }: PoolMachine): number {
  if (node === undefined) return 0;
  return node.ready ? 2 : 1;
}
function born({ node }: PoolMachine): number {
  return node?.createdMs ?? 0;
}
function byName(one: PoolMachine, other: PoolMachine): number {
  return one.name < other.name ? -1 : 1;
}
