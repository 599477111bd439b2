/**
 * Learns a cluster's facts outside of a pass, for functions that answer a question: only kinds that teach are asked, and what
 * does not change by itself once a minute: a thousand machines that join ask a thousand times.
 */
import { accessFrom } from "../resources/gce/keys.ts";
import { observeKubernetes } from "../resources/kubernetes/observe.ts";
import type { Cluster, Facts } from "../resources/resource.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import { startDeadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { observeKinds } from "./observe.ts";

/** A caller over HTTP waits for it. */
const LOOK_UP_MS = 20_000;

/**
 * Facts with `access` where the cluster has keys and an address, and `kubernetes` where its API answers.
 *
 * @param only kinds to ask, where the question needs no others
 */
export async function lookUp(
  engine: Engine,
  id: string,
  spec: ClusterSpec,
  status: ClusterStatus,
  only?: ReadonlySet<string>,
): Promise<Facts> {
  const { uid, pins, deleting } = status;
  const { memory, joinUrl } = engine;
  const lookedMs = engine.clock.nowMs();
  const cluster: Cluster = { id, uid, spec, pins, facts: { lookedMs }, deleting, joinUrl };
  const teaching = engine.cloudKinds.filter(
    ({ kind, learn }) => learn !== undefined && only?.has(kind) !== false,
  );
  const deadline = startDeadline(engine.clock, LOOK_UP_MS);
  try {
    const known = { byKind: memory.wayIn(uid, lookedMs) };
    const { byKind, facts } = await observeKinds(teaching, engine.cloud, cluster, deadline, known);
    const access = accessFrom(facts);
    if (access === undefined) return facts;
    const kubernetes = await deadline.within(
      observeKubernetes(engine.cloud.kubernetes, access),
      "unavailable",
    );
    const steady = teaching.filter((kind) => kind.steady === true).map(({ kind }) => kind);
    memory.foundIn(
      uid,
      new Map([...byKind].filter(([kind]) => kubernetes !== undefined && steady.includes(kind))),
    );
    return { ...facts, access, ...(kubernetes === undefined ? {} : { kubernetes }) };
  } catch (error) {
    // Refused by keys that were made anew since: the next question must not ask by the old ones for minutes.
    memory.foundIn(uid, new Map());
    throw error;
  } finally {
    deadline.end();
  }
}
