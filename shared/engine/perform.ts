/** Carries out planned actions: independent ones at the same time, each exactly one mutation, none waited for. */
import pLimit from "p-limit";
import { CloudError, isCloudError } from "../ports/cloud-error.ts";
import type { Cluster } from "../resources/resource.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { Deadline } from "./deadline.ts";
import type { Cloud } from "./engine.ts";
import type { PlannedAction } from "./plan.ts";
import { requestId } from "./request-id.ts";
import type { Outcome } from "./work.ts";

/** Mutations of one cluster at the same time; a project's limit of 1,500 a minute is shared by its clusters. */
export const CONCURRENT_ACTIONS_MAX = 16;
/** Actions of one pass: the next pass takes the rest, so that a lease outlives its pass. */
export const ACTIONS_PER_PASS_MAX = 64;

/** `mayBegin` is asked before each: a pass that slept past its lease leaves the rest to whoever took over. */
export async function performActions(
  cloud: Cloud,
  cluster: Cluster,
  due: readonly PlannedAction[],
  attempts: ClusterStatus["attempts"],
  mayBegin: () => boolean,
  deadline: Deadline,
): Promise<readonly Outcome[]> {
  const limit = pLimit(CONCURRENT_ACTIONS_MAX);
  const now = firstOfEachKey(due).slice(0, ACTIONS_PER_PASS_MAX);
  const outcomes = await Promise.all(
    now.map((planned) =>
      limit(() => (mayBegin() ? performOne(cloud, cluster, planned, attempts, deadline) : undefined)),
    ),
  );
  return outcomes.filter((outcome) => outcome !== undefined);
}

async function performOne(
  cloud: Cloud,
  cluster: Cluster,
  { kind, action }: PlannedAction,
  attempts: ClusterStatus["attempts"],
  deadline: Deadline,
): Promise<Outcome> {
  const { key, verb, reason: _reason, ...body } = action;
  const id = requestId(cluster.uid, key, verb, body, attempts[key]?.count ?? 0);
  try {
    const started = await deadline.within(kind.perform(cloud, cluster, action, id), "unknown-outcome");
    return { action, kind: kind.kind, started };
  } catch (error) {
    return { action, kind: kind.kind, error: isCloudError(error) ? error : unexpected(error) };
  }
}

/** What the other actions came to is not lost over it. */
function unexpected(error: unknown): CloudError {
  return new CloudError("unexpected", `this failed unexpectedly: ${String(error)}`, { cause: error });
}

/** One mutation of a thing at a time: a second one is planned again once the first has ended. */
function firstOfEachKey(due: readonly PlannedAction[]): readonly PlannedAction[] {
  const seen = new Set<string>();
  return due.filter(({ action }) => !seen.has(action.key) && seen.add(action.key));
}
