/** Where the machines of a pool stand: which are here, which go, which shall go, and which of their nodes serve. Pure. */
import type { PoolMachine, PoolView } from "./pool-view.ts";
import { freshSurplus } from "./turns.ts";

export interface Standing {
  readonly here: readonly PoolMachine[];
  readonly going: readonly PoolMachine[];
  /** Names of those that shall go, by and by. */
  readonly leaving: ReadonlySet<string>;
  /** Ready nodes that nobody is about to take. */
  readonly available: number;
}

export function standingOf(view: PoolView): Standing {
  const here = view.machines.filter((machine) => !machine.going);
  // One that goes anyhow is not one too many.
  const surplus = freshSurplus(
    here.filter((machine) => machine.leave === undefined || !goes(machine)),
    view.size,
  );
  const asked = here.filter(({ outdated, leave }) => outdated || leave !== undefined);
  const leaving = new Set([...asked, ...surplus].map(({ name }) => name));
  const available = here.filter(isAvailable).length + (view.beside ?? 0);
  return { here, going: view.machines.filter(({ going }) => going), leaving, available };
}

export function isReady(machine: PoolMachine): boolean {
  return machine.node?.ready === true;
}
/** It serves: a new one only once it has passed the gates of its upgrade. */
export function isAvailable(machine: PoolMachine): boolean {
  return isReady(machine) && !isOurs(machine) && !isEmpty(machine) && machine.node?.unproven === undefined;
}
/** Somebody had it drained, and keeps it so: it is one of those that may miss. */
export function isEmpty({ node }: PoolMachine): boolean {
  return node?.cordon.by === "others" && node.cordon.empty === true;
}
export function isOurs(machine: PoolMachine): boolean {
  return machine.node?.cordon.by === "us";
}
/** Its machine leaves the pool, rather than its pods the machine for a while. */
export function goes({ leave }: PoolMachine): boolean {
  return leave?.afterwards === undefined;
}
