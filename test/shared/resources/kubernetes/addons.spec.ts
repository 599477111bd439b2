import assert from "node:assert/strict";
import { addons } from "../../../../shared/resources/kubernetes/addons.ts";
import type { AddonAction } from "../../../../shared/resources/kubernetes/addons-plan.ts";
import type { Cluster, Plan } from "../../../../shared/resources/resource.ts";
import { FakeApi, type Stored } from "./fake-api.ts";
import { clusterWith } from "./fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const PASSES_MAX = 12;

async function look(api: FakeApi, cluster: Cluster, nowMs = NOW_MS): Promise<Plan<AddonAction>> {
  const observed = await addons.observe(api.cloud, cluster);
  const desired = addons.desire(cluster);
  assert.ok(Array.isArray(desired));
  return addons.plan({ cluster, desired, observed, nowMs });
}
/** Passes until nothing is left to do; answers what was done, in order. */
async function settle(api: FakeApi, cluster: Cluster, nowMs = NOW_MS): Promise<readonly string[]> {
  const done: string[] = [];
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const plan = await look(api, cluster, nowMs);
    if (plan.actions.length === 0) return done;
    for (const action of plan.actions) {
      await addons.perform(api.cloud, cluster, action, "");
      done.push(`${action.verb} ${action.key}`);
    }
  }
  throw new Error(`not settled after ${PASSES_MAX} passes: ${done.slice(-5).join(", ")}`);
}
/** A server on which everything runs at once. */
function healthy(object: Stored): Stored {
  const { kind } = object;
  const spec = object["spec"] as { replicas?: number } | undefined;
  if (kind === "Job") return { ...object, status: { conditions: [{ type: "Complete", status: "True" }] } };
  if (kind === "DaemonSet") {
    return {
      ...object,
      status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
    };
  }
  if (kind === "Deployment") {
    const replicas = spec?.replicas ?? 1;
    return { ...object, status: { replicas, updatedReplicas: replicas, availableReplicas: replicas } };
  }
  return object;
}
function healthyApi(): FakeApi {
  const api = new FakeApi();
  api.complete = healthy;
  return api;
}

describe("addons", () => {
  it("waits for the Kubernetes API before anything is desired", () => {
    const { kubernetes: _, ...facts } = clusterWith().facts;
    const desired = addons.desire({ ...clusterWith(), facts });
    assert.deepEqual(desired, { key: "addons", reason: "the cluster's Kubernetes API to answer" });
  });

  for (const plugin of ["cilium", "calico", "alias-ip"] as const) {
    it(`applies everything once with ${plugin}, then neither acts nor waits`, async () => {
      const api = healthyApi();
      const cluster = clusterWith({ plugin });
      const done = await settle(api, cluster);
      assert.equal(new Set(done).size, done.length, "nothing is applied twice");
      const writes = api.writes.length;
      const plan = await look(api, cluster);
      assert.deepEqual(plan, { actions: [], waiting: [], problems: [] });
      assert.equal(api.writes.length, writes);
    });
  }

  it("applies accounts and rights before what runs with them", async () => {
    const api = healthyApi();
    const done = await settle(api, clusterWith());
    const first = done.findIndex((line) => /daemonsets|deployments|jobs/.test(line));
    const last = done.findLastIndex((line) => /serviceaccounts|clusterrole|configmaps/.test(line));
    assert.ok(last < first, done.join("\n"));
  });
});
