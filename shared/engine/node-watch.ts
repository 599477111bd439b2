/**
 * Looks at the nodes of clusters at rest or waiting for long, one request each, and at the parts of control planes of
 * several machines, one more: a machine that dies in silence sends no event, nor does an API server beside others.
 * Every sweep is often enough, for a node is repaired by how long its own condition has stood (docs/decisions/0022).
 */
import pLimit from "p-limit";
import { isFatalTrouble } from "../nodes/health.ts";
import { isCloudError } from "../ports/cloud-error.ts";
import type { KubernetesAccess } from "../ports/kubernetes.ts";
import { list } from "../resources/kubernetes/api.ts";
import { listParts, nodeFacts, partFacts, type ServedNode } from "../resources/kubernetes/observe.ts";
import { startDeadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";

/** An API that does not answer by then is looked at by a pass, which notes that it is lost. */
const ANSWER_MS_MAX = 10_000;
const LOOKS_AT_ONCE = 16;
/** Clusters whose API this process does not know yet are shown to it by a pass, so many a sweep. */
const INTRODUCTIONS_MAX = 100;

/** As kubeadm labels nodes. */
const CONTROL_PLANE_ROLE = "node-role.kubernetes.io/control-plane";
/** An API server and an etcd. */
const PARTS_EACH = 2;

/** @returns ids of those that need a pass: a node is not well or gone, the API is silent, or it is not known how to ask it */
export async function ailingAmong(
  engine: Engine,
  resting: ReadonlyMap<string, { readonly uid: string }>,
): Promise<readonly string[]> {
  const limit = pLimit(LOOKS_AT_ONCE);
  let introductions = 0;
  const asked = await Promise.all(
    [...resting].map(([id, { uid }]) => {
      const access = engine.memory.accessOf(uid);
      if (access === "none") return undefined;
      if (access === undefined) {
        introductions += 1;
        return introductions <= INTRODUCTIONS_MAX ? id : undefined;
      }
      const known = engine.memory.nodesOf(uid);
      return limit(async () => ((await isAiling(engine, access, known)) ? id : undefined));
    }),
  );
  return asked.filter((id) => id !== undefined);
}

/** @param known how many Nodes there were: one that somebody deleted is missed, and its machine runs on as no node */
async function isAiling(
  engine: Engine,
  access: KubernetesAccess,
  known: number | undefined,
): Promise<boolean> {
  const deadline = startDeadline(engine.clock, ANSWER_MS_MAX);
  const api = { transport: engine.cloud.kubernetes, access };
  try {
    const served = await deadline.within(list<ServedNode>(api, "/api/v1/nodes"), "unavailable");
    if (known !== undefined && served.length !== known) return true;
    const nodes = served.map(nodeFacts);
    if (nodes.some(({ ready, troubles = [] }) => !ready || troubles.some(isFatalTrouble))) return true;
    const members = nodes.filter(({ labels }) => CONTROL_PLANE_ROLE in labels).length;
    // The only one cannot answer that it does not answer.
    if (members <= 1) return false;
    const pods = await deadline.within(listParts(api), "unavailable");
    return pods.flatMap(partFacts).filter(({ ready }) => ready).length < members * PARTS_EACH;
  } catch (error) {
    if (isCloudError(error)) return true;
    throw error;
  } finally {
    deadline.end();
  }
}
