import assert from "node:assert/strict";
import type { KubeObject, Pod } from "../../../simulator/kubernetes/objects/object.ts";
import type { Status } from "../../../simulator/kubernetes/objects/status.ts";
import { deployment, makeCluster } from "./fixture.ts";

async function withPods(replicas: number) {
  const made = await makeCluster();
  made.join("worker-a", 3);
  await made.installNetwork();
  made.ask("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web", replicas));
  await made.seconds(30);
  const budget = (name: string, spec: object) =>
    made.ask("POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets", {
      metadata: { name },
      spec: { selector: { matchLabels: { app: "web" } }, ...spec },
    });
  const pods = () => made.read<{ items: Pod[] }>("/api/v1/namespaces/default/pods").items;
  function evict(pod: KubeObject | undefined, options: object = {}) {
    const { name, namespace } = pod?.metadata ?? { name: "", namespace: "" };
    const body = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
      deleteOptions: options,
    };
    return made.ask("POST", `/api/v1/namespaces/default/pods/${name}/eviction`, body);
  }
  return { ...made, budget, pods, evict };
}

describe("Evicting a pod", () => {
  it("gives it its grace period and lets its controller replace it", async () => {
    const { pods, evict, seconds } = await withPods(1);
    const [pod] = pods();
    assert.equal(evict(pod).status, 201);
    await seconds(25);
    assert.equal(
      pods().some(({ metadata }) => metadata.uid === pod?.metadata.uid),
      true,
    );
    await seconds(10);
    const after = pods();
    assert.equal(after.length, 1);
    assert.notEqual(after[0]?.metadata.uid, pod?.metadata.uid);
    assert.equal(after[0]?.status.phase, "Running");
  });

  it("is refused with 429 that names the budget, and allowed again when a pod more is healthy", async () => {
    const { pods, evict, budget, seconds } = await withPods(2);
    budget("web", { minAvailable: 1 });
    await seconds(1);
    const [first, second] = pods();
    assert.equal(evict(first).status, 201);
    await seconds(1);
    const refused = evict(second);
    const status = refused.body as Status;
    assert.equal(refused.status, 429);
    assert.equal(status.reason, "TooManyRequests");
    assert.equal(status.message, "Cannot evict pod as it would violate the pod's disruption budget.");
    assert.deepEqual(status.details?.causes, [
      {
        reason: "DisruptionBudget",
        message: "The disruption budget web needs 1 healthy pods and has 1 currently",
      },
    ]);
    await seconds(60);
    assert.equal(evict(second).status, 201);
  });

  it("waits while a new budget has not been looked at", async () => {
    const { pods, evict, budget } = await withPods(2);
    budget("web", { maxUnavailable: 1 });
    const status = evict(pods()[0]).body as Status;
    assert.equal(status.code, 429);
    assert.match(status.details?.causes?.[0]?.message ?? "", /still being processed by the server/);
    assert.equal(status.details?.retryAfterSeconds, 10);
  });

  it("is a misconfiguration, 500, when two budgets select the pod", async () => {
    const { pods, evict, budget, seconds } = await withPods(2);
    budget("one", { minAvailable: 0 });
    budget("two", { minAvailable: 0 });
    await seconds(1);
    const answer = evict(pods()[0]);
    assert.equal(answer.status, 500);
    assert.match((answer.body as Status).message ?? "", /more than one PodDisruptionBudget/);
  });

  it("counts a percentage of the replicas that are wanted", async () => {
    const { budget, seconds, read } = await withPods(4);
    budget("web", { maxUnavailable: "25%" });
    await seconds(1);
    const path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web";
    const { disruptionsAllowed, desiredHealthy, expectedPods } = read(path).status ?? {};
    assert.deepEqual(
      { disruptionsAllowed, desiredHealthy, expectedPods },
      { disruptionsAllowed: 1, desiredHealthy: 3, expectedPods: 4 },
    );
  });

  it("leaves a pod of the same name but another uid alone", async () => {
    const { pods, evict } = await withPods(1);
    const answer = evict(pods()[0], { preconditions: { uid: "00000000-0000-4000-8000-000000000000" } });
    assert.equal(answer.status, 404);
    assert.equal(pods()[0]?.metadata.deletionTimestamp, undefined);
  });

  it("answers 404 for a pod that is not there", async () => {
    const { ask } = await withPods(1);
    assert.equal(
      ask("POST", "/api/v1/namespaces/default/pods/none/eviction", { kind: "Eviction" }).status,
      404,
    );
  });
});
