/** What becomes of a control-plane machine that somebody deletes by hand: its etcd data is on a disk that is kept. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { sweep } from "../../shared/engine/sweep.ts";
import { computePort } from "../../simulator/compute/port.ts";
import { PROJECT, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";

const SWEEP_EVERY_MS = 60_000;
const ID = "lost";
const spec = (replicas: number) => ({
  name: ID,
  engine: "gce",
  project: PROJECT,
  region: "europe-west4",
  controlPlane: { replicas },
  nodePools: [{ name: "general", size: 1 }],
  deletionProtection: false,
});

async function lose(replicas: number) {
  const plane = simulatedPlane();
  const cluster = runningCluster(plane, ID, spec(replicas));
  await cluster.write(spec(replicas));
  const before = await cluster.inside("/api/v1/namespaces/kube-system");
  const lost = cluster.named("instances", "cp-0");
  const zone = String(lost["zone"]).split("/").at(-1);
  const ref = { kind: "instances", project: PROJECT, scope: `zones/${zone}`, name: lost["name"] } as const;
  await computePort(plane.cloud.compute.service).delete(ref, "00000000-0000-4000-9000-000000000001");
  await plane.clock.advance(SWEEP_EVERY_MS);
  await sweep(plane.engine);
  return { plane, cluster, before, lost };
}

describe("a control-plane machine deleted by hand", function () {
  this.timeout(60_000);

  it("that was the only one comes back with its data, and the cluster is the same one", async () => {
    const { plane, cluster, before, lost } = await lose(1);
    await plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
    await cluster.assertSettled();
    const after = await cluster.inside("/api/v1/namespaces/kube-system");
    assert.notEqual(cluster.named("instances", "cp-0")["id"], lost["id"], "another machine");
    assert.equal(after?.["metadata"]["uid"], before?.["metadata"]["uid"], "the same cluster");
  });

  it("that was one of three is made anew, and the status names it: its etcd member is not replaced yet", async () => {
    const { plane, cluster, lost } = await lose(3);
    await plane.until(ID, (status) => {
      const nodes = status?.conditions.find((condition) => condition.type === "NodesReady");
      return status?.phase === "Degraded" && nodes?.message.includes(String(lost["name"])) === true;
    });
    assert.notEqual(cluster.named("instances", "cp-0")["id"], lost["id"], "another machine");
    assert.ok(
      (await cluster.inside("/api/v1/namespaces/kube-system")) !== undefined,
      "the two others serve on",
    );
  });
});
