import assert from "node:assert/strict";
import type { Pod, Workload } from "../../../simulator/kubernetes/objects/object.ts";
import { deployment, makeCluster } from "./fixture.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const MERGE = { "content-type": "application/merge-patch+json" };

async function ready() {
  const made = await makeCluster();
  made.join("worker-a", 3);
  made.join("worker-b", 4);
  await made.installNetwork();
  const pods = () => made.read<{ items: Pod[] }>("/api/v1/namespaces/default/pods").items;
  return { ...made, pods };
}

describe("A Deployment", () => {
  it("runs its replicas and reports them available", async () => {
    const { ask, seconds, read, pods } = await ready();
    ask("POST", DEPLOYMENTS, deployment("web", 3));
    await seconds(30);
    assert.equal(read<Workload>(`${DEPLOYMENTS}/web`).status["availableReplicas"], 3);
    assert.equal(
      pods().every(({ status }) => status.phase === "Running"),
      true,
    );
    assert.equal(new Set(pods().map(({ status }) => status.podIP)).size, 3);
  });

  it("rolls to a new template without falling below its bounds", async () => {
    const { ask, seconds, read, pods } = await ready();
    ask("POST", DEPLOYMENTS, deployment("web", 4));
    await seconds(30);
    const image = { spec: { template: { spec: { containers: [{ name: "web", image: "nginx:2" }] } } } };
    ask("PATCH", `${DEPLOYMENTS}/web`, image, { "content-type": "application/strategic-merge-patch+json" });
    let fewest = 4;
    let most = 0;
    for (let second = 0; second < 120; second += 1) {
      await seconds(1);
      const live = pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      fewest = Math.min(fewest, Number(read<Workload>(`${DEPLOYMENTS}/web`).status["availableReplicas"]));
      most = Math.max(most, live.length);
    }
    assert.equal(fewest >= 3, true);
    assert.equal(most <= 5, true);
    assert.deepEqual(
      pods().map(({ spec }) => spec.containers[0]?.image),
      Array(4).fill("nginx:2"),
    );
  });

  it("takes its ReplicaSets and pods along when it is deleted, and leaves them when they are orphaned", async () => {
    const { ask, seconds, pods } = await ready();
    ask("POST", DEPLOYMENTS, deployment("web", 2));
    ask("POST", DEPLOYMENTS, deployment("kept", 1));
    await seconds(30);
    ask("DELETE", `${DEPLOYMENTS}/web`, { propagationPolicy: "Background" });
    ask("DELETE", `${DEPLOYMENTS}/kept?propagationPolicy=Orphan`);
    await seconds(40);
    assert.deepEqual(
      pods().map(({ metadata }) => metadata.labels?.["app"]),
      ["kept"],
    );
  });

  it("goes after its dependents when it is deleted in the foreground", async () => {
    const { ask, seconds } = await ready();
    ask("POST", DEPLOYMENTS, deployment("web", 2));
    await seconds(30);
    ask("DELETE", `${DEPLOYMENTS}/web`, { propagationPolicy: "Foreground" });
    await seconds(5);
    assert.equal(ask("GET", `${DEPLOYMENTS}/web`).status, 200);
    await seconds(60);
    assert.equal(ask("GET", `${DEPLOYMENTS}/web`).status, 404);
  });

  it("scales through its scale subresource", async () => {
    const { ask, seconds, pods } = await ready();
    ask("POST", DEPLOYMENTS, deployment("web", 1));
    await seconds(20);
    const scaled = ask("PATCH", `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 3 } }, MERGE);
    assert.equal((scaled.body as { kind: string }).kind, "Scale");
    await seconds(20);
    assert.equal(pods().length, 3);
  });
});

describe("The scheduler", () => {
  it("leaves a pod Pending that fits nowhere, says why, and schedules it when a node is added", async () => {
    const made = await ready();
    const picky = deployment("picky", 1);
    Object.assign(picky.spec.template.spec, { nodeSelector: { pool: "gpu" } });
    made.ask("POST", DEPLOYMENTS, picky);
    await made.seconds(10);
    const condition = made.pods()[0]?.status.conditions?.find(({ type }) => type === "PodScheduled");
    assert.equal(condition?.status, "False");
    assert.match(
      condition?.message ?? "",
      /^0\/3 nodes are available: .*2 node\(s\) didn't match Pod's node affinity\/selector/,
    );
    const events = made.read<{ items: { reason: string }[] }>("/api/v1/namespaces/default/events").items;
    assert.ok(events.some(({ reason }) => reason === "FailedScheduling"));
    made.join("worker-gpu", 5, { labels: { pool: "gpu" } });
    await made.seconds(30);
    assert.equal(made.pods()[0]?.spec.nodeName, "worker-gpu");
  });

  it("does not overfill a node", async () => {
    const made = await ready();
    const hungry = deployment("hungry", 5);
    Object.assign(hungry.spec.template.spec.containers[0] ?? {}, {
      resources: { requests: { cpu: "1500m" } },
    });
    made.ask("POST", DEPLOYMENTS, hungry);
    await made.seconds(30);
    assert.equal(made.pods().filter(({ spec }) => spec.nodeName !== undefined).length, 4);
    assert.match(JSON.stringify(made.pods().map(({ status }) => status.conditions)), /Insufficient cpu/);
  });

  it("puts nothing on a cordoned node", async () => {
    const made = await ready();
    made.ask("PATCH", "/api/v1/nodes/worker-a", { spec: { unschedulable: true } }, MERGE);
    made.ask("POST", DEPLOYMENTS, deployment("web", 3));
    await made.seconds(30);
    assert.deepEqual([...new Set(made.pods().map(({ spec }) => spec.nodeName))], ["worker-b"]);
  });
});

describe("A DaemonSet, a Job and a StatefulSet", () => {
  it("put one pod on each node that tolerates, run to completion, and number their pods", async () => {
    const made = await ready();
    const sets = made.read<{ items: Workload[] }>("/apis/apps/v1/daemonsets").items;
    assert.deepEqual(
      sets.map(({ metadata, status }) => [metadata.name, status["numberReady"]]),
      [
        ["cilium", 3],
        ["kube-proxy", 3],
      ],
    );
    const job = made.read("/apis/batch/v1/namespaces/kube-system/jobs/cilium-install");
    assert.equal(job.status?.["succeeded"], 1);
    made.ask("POST", "/apis/apps/v1/namespaces/default/statefulsets", {
      metadata: { name: "db" },
      spec: { ...deployment("db", 2).spec, serviceName: "db" },
    });
    await made.seconds(40);
    assert.deepEqual(
      made.pods().map(({ metadata }) => metadata.name),
      ["db-0", "db-1"],
    );
  });

  it("gives a failing Job up after its backoff limit", async () => {
    const made = await ready();
    made.ask("POST", "/apis/batch/v1/namespaces/default/jobs", {
      metadata: { name: "bad" },
      spec: {
        backoffLimit: 1,
        template: {
          spec: {
            restartPolicy: "Never",
            containers: [{ name: "c", image: "busybox:1", command: ["false"] }],
          },
        },
      },
    });
    await made.seconds(60);
    const { status } = made.read("/apis/batch/v1/namespaces/default/jobs/bad");
    assert.equal(status?.["failed"], 2);
    assert.match(JSON.stringify(status?.["conditions"]), /BackoffLimitExceeded/);
  });
});

describe("A run under the same seed", () => {
  it("leaves the same objects to the letter", async () => {
    async function end() {
      const made = await ready();
      made.ask("POST", DEPLOYMENTS, deployment("web", 3));
      await made.seconds(60);
      return JSON.stringify([made.ask("GET", "/api/v1/pods").body, made.ask("GET", "/api/v1/nodes").body]);
    }
    assert.equal(await end(), await end());
  });
});
