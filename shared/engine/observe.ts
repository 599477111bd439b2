/** Looks at everything a cluster consists of: all kinds in parallel, then what the kinds taught. */
import { isDeepStrictEqual } from "node:util";
import { type CloudError, isCloudError } from "../ports/cloud-error.ts";
import type { CloudReader, Cluster, Facts, Named } from "../resources/resource.ts";
import type { Deadline } from "./deadline.ts";
import type { AnyKind } from "./kind.ts";

/** What one kind looks like, or why it could not be seen. */
export type Observation =
  | {
      readonly seen: true;
      readonly observed: readonly Named[];
      /** When the look began. */
      readonly lookedMs: number;
    }
  | { readonly seen: false; readonly error: CloudError };

/** What an earlier look has shown. */
export interface Known {
  /** Not to be looked at again. */
  readonly byKind: ReadonlyMap<string, Observation>;
  /** To be looked at again, for what of it may have changed. */
  readonly before?: ReadonlyMap<string, Observation>;
}
const NOTHING_KNOWN: Known = { byKind: new Map() };

export interface Observations {
  readonly byKind: ReadonlyMap<string, Observation>;
  readonly facts: Facts;
}

/**
 * Observes the kinds and lets each teach its facts. A kind that cannot be seen does not hide the others; one that is
 * known is not looked at again.
 */
export async function observeKinds(
  kinds: readonly AnyKind[],
  cloud: CloudReader,
  cluster: Cluster,
  deadline: Deadline,
  known: Known = NOTHING_KNOWN,
): Promise<Observations> {
  const looks = await Promise.all(
    kinds.map(
      async (kind) =>
        [kind, known.byKind.get(kind.kind) ?? (await look(kind, cloud, cluster, deadline, known))] as const,
    ),
  );
  const byKind = new Map(looks.map(([kind, observation]) => [kind.kind, observation]));
  let facts: Facts = cluster.facts;
  for (const [kind, look] of looks) {
    if (!look.seen || kind.learn === undefined) continue;
    const then = { ...cluster, facts: { ...facts, lookedMs: look.lookedMs } };
    facts = { ...facts, ...kind.learn(look.observed, then) };
  }
  return { byKind, facts };
}

async function look(
  kind: AnyKind,
  cloud: CloudReader,
  cluster: Cluster,
  deadline: Deadline,
  { before }: Known,
): Promise<Observation> {
  const earlier = before?.get(kind.kind);
  const call =
    kind.observeAgain !== undefined && earlier?.seen === true
      ? kind.observeAgain(cloud, cluster, earlier.observed)
      : kind.observe(cloud, cluster);
  try {
    const observed = await deadline.within(call, "unavailable");
    return { seen: true, observed, lookedMs: cluster.facts.lookedMs ?? 0 };
  } catch (error) {
    if (isCloudError(error)) return { seen: false, error };
    throw error;
  }
}

/** Whatever the time of either look. */
export function isSeenAlike(one: Observation, other: Observation | undefined): boolean {
  if (one === other) return true;
  if (!one.seen || other?.seen !== true) return isDeepStrictEqual(one, other);
  return isDeepStrictEqual(one.observed, other.observed);
}
