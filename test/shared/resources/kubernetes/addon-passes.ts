/** Passes of the add-ons alone over a fake API, until nothing is left to do. */
import assert from "node:assert/strict";
import { addons } from "../../../../shared/resources/kubernetes/addons.ts";
import type { AddonAction } from "../../../../shared/resources/kubernetes/addons-model.ts";
import type { Cluster, Plan } from "../../../../shared/resources/resource.ts";
import type { FakeApi, Stored } from "./fake-api.ts";

export const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
export const PASSES_MAX = 12;

export async function look(api: FakeApi, cluster: Cluster, nowMs = NOW_MS): Promise<Plan<AddonAction>> {
  const observed = await addons.observe(api.cloud, cluster);
  const desired = addons.desire(cluster);
  assert.ok(Array.isArray(desired));
  return addons.plan({ cluster, desired, observed, nowMs });
}
async function performAll(
  api: FakeApi,
  cluster: Cluster,
  plan: Plan<AddonAction>,
): Promise<readonly string[]> {
  for (const action of plan.actions) await addons.perform(api.cloud, cluster, action, "");
  return plan.actions.map((action) => `${action.verb} ${action.key}`);
}
/** Passes until nothing is left to do; answers what was done, in order. */
export async function settle(api: FakeApi, cluster: Cluster, nowMs = NOW_MS): Promise<readonly string[]> {
  const done: string[] = [];
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const plan = await look(api, cluster, nowMs);
    if (plan.actions.length === 0) return done;
    done.push(...(await performAll(api, cluster, plan)));
  }
  throw new Error(`not settled after ${PASSES_MAX} passes: ${done.slice(-5).join(", ")}`);
}
export const IN_SYSTEM = "/apis/apps/v1/namespaces/kube-system";
export const CCM = `${IN_SYSTEM}/daemonsets/cloud-controller-manager`;
export const METRICS = `${IN_SYSTEM}/deployments/metrics-server`;
export function stored(api: FakeApi, path: string): Stored {
  const object = api.objects.get(path);
  assert.ok(object !== undefined, `${path} is there`);
  return object;
}
export const QUIET = { actions: [], waiting: [], problems: [] };
