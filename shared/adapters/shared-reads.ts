/**
 * Clusters of a project that look at the same time share one list and one question after operations, once calls become
 * scarce. A list begins after everybody who gets its answer has asked, so that nobody sees less than with one of one's own.
 */
import type { Clock } from "../ports/clock.ts";
import { type Compute, type ComputeKind, hasPrefix, type ListRequest } from "../ports/compute.ts";
import type { ComputeResources, Operation } from "../ports/compute-types.ts";

/**
 * Calls a minute for a project. Source: https://cloud.google.com/compute/api-quota, where aggregated lists count as
 * heavy-weight reads.
 */
const CALLS_A_MINUTE = { aggregated: 750, lists: 1_500, operations: 1_500 } as const;
type Group = keyof typeof CALLS_A_MINUTE;
/** This part of a minute's calls may go at once, and the rest trickles: no minute sees more than all. */
const BURST_SHARE = 1 / 5;
const MINUTE_MS = 60_000;
/** While less than this part of the burst is left, lists of the same sort begin this far apart, for each of their pages. */
const SCARCE_SHARE = 1 / 2;
const PAGE_EVERY_MS: Readonly<Record<Group, number>> = { aggregated: 1_500, lists: 1_500, operations: 1_000 };
/** Source: the API's largest page (maxResults); of operations, as many as are asked for by name in one list. */
const PAGE_ITEMS: Readonly<Record<Group, number>> = { aggregated: 500, lists: 500, operations: 50 };

export function shareReads(compute: Compute, clock: Clock): Compute {
  const budgets = new Map<string, Budget>();
  const budgetOf = (project: string, group: Group) =>
    getOrMake(budgets, `${project} ${group}`, () => createBudget(clock, group));
  const lists = new Map<string, Batcher<string, readonly ComputeResources[ComputeKind][]>>();
  const operations = new Map<string, Batcher<string, readonly Operation[]>>();
  return {
    ...compute,
    list: async <K extends ComputeKind>(request: ListRequest<K>) => {
      const { namePrefixes, ...whole } = request;
      if (namePrefixes === undefined) return compute.list(request);
      const ask = (all: readonly string[]) => compute.list({ ...whole, namePrefixes: all });
      const { kind, project, scope, filter = "" } = whole;
      const budget = budgetOf(project, scope === "everywhere" ? "aggregated" : "lists");
      const batcher = getOrMake(lists, `${kind} ${project} ${scope} ${filter}`, () =>
        createBatcher(clock, ask, budget),
      );
      const found = (await batcher(namePrefixes)) as readonly ComputeResources[K][];
      return found.filter(({ name }) => hasPrefix(request, name));
    },
    operations: async (project, paths) => {
      const ask = (all: readonly string[]) => compute.operations(project, all);
      const batcher = getOrMake(operations, project, () =>
        createBatcher(clock, ask, budgetOf(project, "operations")),
      );
      const found = await batcher(paths);
      const asked = new Set(paths);
      return found.filter(({ selfLink }) => asked.has(/projects\/.+$/.exec(selfLink ?? "")?.[0] ?? ""));
    },
  };
}

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

/** How many calls of a group are left. */
interface Budget {
  readonly isScarce: () => boolean;
  /** Takes the pages of an answer out, and says how far from it the next of the same sort should be. */
  readonly spend: (items: number) => number;
}

function createBudget(clock: Clock, group: Group): Budget {
  const most = CALLS_A_MINUTE[group] * BURST_SHARE;
  const perMs = (CALLS_A_MINUTE[group] - most) / MINUTE_MS;
  let left = most;
  let readMs = clock.nowMs();
  const refill = (): void => {
    const nowMs = clock.nowMs();
    left = Math.min(most, left + Math.max(0, nowMs - readMs) * perMs);
    readMs = nowMs;
  };
  return {
    isScarce: () => {
      refill();
      return left < most * SCARCE_SHARE;
    },
    spend: (items) => {
      refill();
      const pages = Math.max(1, Math.ceil(items / PAGE_ITEMS[group]));
      left -= pages;
      return pages * PAGE_EVERY_MS[group];
    },
  };
}

type Batcher<T, R> = (wishes: readonly T[]) => Promise<R>;

/** `idle ─ask─► gathering ─its time comes─► idle`; whoever asks meanwhile joins. */
function createBatcher<T, R extends readonly unknown[]>(
  clock: Clock,
  ask: (wishes: readonly T[]) => Promise<R>,
  budget: Budget,
): Batcher<T, R> {
  let gathering: { readonly wishes: Set<T>; readonly answer: Promise<R> } | undefined;
  let begunMs = 0;
  let gapMs = 0;
  const begin = async (wishes: ReadonlySet<T>): Promise<R> => {
    gathering = undefined;
    begunMs = clock.nowMs();
    const answer = await ask([...wishes]);
    gapMs = budget.spend(answer.length);
    return answer;
  };
  const itsTime = async (): Promise<void> => {
    // A clock that was put back must not make the wait longer.
    const delayMs = budget.isScarce() ? Math.min(gapMs, begunMs + gapMs - clock.nowMs()) : 0;
    if (delayMs > 0) await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
  };
  return (wishes) => {
    if (gathering === undefined) {
      const all = new Set<T>();
      gathering = { wishes: all, answer: itsTime().then(() => begin(all)) };
    }
    for (const wish of wishes) gathering.wishes.add(wish);
    return gathering.answer;
  };
}
