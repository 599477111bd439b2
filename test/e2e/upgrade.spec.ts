/** Kubernetes goes up minor by minor, the control plane first and one machine at a time, and the cluster stays the same one. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { ComputeRef } from "../../shared/ports/compute.ts";
import type { OperationRecord } from "../../shared/status/cluster-status.ts";
import { computePort } from "../../simulator/compute/port.ts";
import { PROJECT } from "../support/running-cluster.ts";
import { conditionOf, type UpgradeStage, upgradeStage, watch } from "./upgrade-stage.ts";

const GOLDEN = new URL("../golden/upgrade/three-members.txt", import.meta.url);

describe("an upgrade of Kubernetes", function () {
  this.timeout(120_000);

  it("takes three control-plane machines and then their nodes one minor up, as the log of decisions says", async () => {
    const on = await upgradeStage({
      replicas: 3,
      version: "1.35",
      pool: { size: 3, upgrade: { maxSurge: 1 } },
    });
    const [uid, members] = [await on.uid(), on.kubernetes.etcd.members().map(({ id }) => id)];
    await on.write({ version: "1.36" });
    await watch(on, () => assertSafe(on));
    await on.cluster.assertSettled();
    assert.deepEqual(await on.versions(), ["1.36.4"]);
    assert.equal(await on.uid(), uid, "the same cluster");
    assert.deepEqual(
      on.kubernetes.etcd.members().map(({ id }) => id),
      members,
      "the same etcd members",
    );
    const snapshots = on.cluster.paths("snapshots").filter((path) => /-etcd-\d-[a-z0-9]{6,7}$/.test(path));
    assert.equal(snapshots.length, 3, "each member's disk was snapshotted");
    const log = `${(await on.log(2)).join("\n")}\n`;
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(GOLDEN, log);
    assert.equal(log, readFileSync(GOLDEN, "utf8"));
    await on.cluster.deleteToNothing();
  });

  it("of the only control-plane machine says that the API does not answer meanwhile", async () => {
    const on = await upgradeStage({ version: "1.35" });
    const uid = await on.uid();
    await on.write({ version: "1.36" });
    await watch(on);
    await on.cluster.assertSettled();
    assert.deepEqual(await on.versions(), ["1.36.4"]);
    assert.equal(await on.uid(), uid, "the same cluster");
    const log = await on.log(2);
    const told =
      /^cordon cp-0: .*it is the only one, so the Kubernetes API does not answer until it is back$/;
    assert.ok(
      log.some((line) => told.test(line)),
      log.join("\n"),
    );
  });

  it("across several minors becomes a chain, each step told in events and in the operation", async () => {
    const on = await upgradeStage({ version: "1.35" });
    await on.write({ version: "1.37" });
    const seen = new Set<string>();
    await watch(on, async () => {
      assertSafe(on);
      const { message = "" } = (await operation(on)) ?? {};
      const step = /^Kubernetes (step \d of \d: \S+ → \d[\d.]*\d)[.;]/.exec(message)?.[1];
      if (step !== undefined) seen.add(step);
    });
    assert.deepEqual([...seen], ["step 1 of 2: 1.35.8 → 1.36.4", "step 2 of 2: 1.36.4 → 1.37.1"]);
    assert.deepEqual(await on.versions(), ["1.37.1"]);
    const steps = (await on.log(2)).filter((line) => line.startsWith("upgrade "));
    assert.deepEqual(steps, [
      "upgrade kubernetes: step 1 of 2: 1.35.8 → 1.36.4, on the way to 1.37.1",
      "upgrade kubernetes: the control plane runs Kubernetes 1.36.4: the nodes follow",
      "upgrade kubernetes: step 2 of 2: 1.36.4 → 1.37.1",
      "upgrade kubernetes: the control plane runs Kubernetes 1.37.1: the nodes follow",
      "upgrade kubernetes: Kubernetes 1.35.8 → 1.37.1 is done: all of the cluster runs it",
    ]);
    await on.cluster.assertSettled();
    assert.equal((await on.cluster.status()).pins.upgrade, undefined);
  });

  it("waits for a disruption budget, which the status names, and goes on when it lets go (S16)", async () => {
    const on = await upgradeStage({ version: "1.35", pool: { size: 2 } });
    await on.inside.deployment("web", 2);
    await on.inside.budget("web", "web", { maxUnavailable: 0 });
    await watch(on, undefined, async () => (await on.inside.readyPods("web")) === 2);
    await on.write({ version: "1.37" });
    const blocked =
      /^Kubernetes step 1 of 2: 1\.35\.8 → 1\.36\.4; waiting for kubelets of 1\.36\.4 .*; \d of 2 machines of pool general replaced; waiting for node \S+ to be drained, since \S+: budget default\/web .* holds pod default\/web-/;
    const said = async () => conditionOf(await on.cluster.status(), "UpToDate").message;
    await watch(on, undefined, async () => blocked.test(await said()));
    await on.plane.clock.advance(20 * 60_000);
    assert.match(await said(), blocked);
    assert.deepEqual(
      await on.versions(),
      ["1.35.8", "1.36.4"],
      "no second step before the first is done (S9)",
    );
    await on.inside.ask({
      method: "DELETE",
      path: "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web",
    });
    await watch(on, () => assertSafe(on));
    assert.deepEqual(await on.versions(), ["1.37.1"]);
  });

  it("cannot be taken back once it has begun, and other edits go on beside it", async () => {
    const on = await upgradeStage({ version: "1.35" });
    await on.write({ version: "1.36" });
    await watch(on, undefined, async () => (await on.cluster.status()).pins.kubernetesVersion === "1.36.4");
    await on.write({ version: "1.35" });
    await on.plane.clock.advance(10_000);
    const refused = conditionOf(await on.cluster.status(), "SpecAccepted");
    assert.match(refused.message, /"1\.35" is older than 1\.36\.4, which runs; there is no way back/);
    await on.write({ version: "1.36", pool: { size: 2 }, controlPlane: { machineType: "e2-standard-8" } });
    await watch(on, () => assertSafe(on));
    await on.cluster.assertSettled();
    assert.deepEqual(await on.versions(), ["1.36.4"]);
    assert.equal(on.cluster.machinesOf("general").length, 2);
    assert.match(on.cluster.named("instances", "cp-0")["machineType"], /e2-standard-8$/);
  });

  it("is stopped on its way by a wish that the step under way fulfils", async () => {
    const on = await upgradeStage({ version: "1.35" });
    await on.write({ version: "1.37" });
    await watch(on, undefined, async () => (await on.cluster.status()).pins.kubernetesVersion === "1.36.4");
    await on.write({ version: "1.36" });
    await watch(on);
    await on.cluster.assertSettled();
    assert.deepEqual(await on.versions(), ["1.36.4"]);
  });

  it("is left by a deletion in its midst, and nothing stays (fault 16, L5)", async () => {
    for (const moment of [/^delete cp-1/, /^cordon cp-0/, /the nodes follow$/]) {
      const on = await upgradeStage({ version: "1.35", replicas: 3 });
      await on.write({ version: "1.36" });
      await watch(on, undefined, async () => (await on.log(2)).some((line) => moment.test(line)));
      await on.cluster.deleteToNothing();
      const left = [
        ...on.cluster.paths("instances"),
        ...on.cluster.paths("disks"),
        ...on.cluster.paths("snapshots"),
      ];
      assert.deepEqual(left, []);
    }
  });

  it("brings a member that is lost in its midst back with the new version, and goes on (fault 16)", async () => {
    const on = await upgradeStage({ version: "1.35", replicas: 3 });
    const uid = await on.uid();
    await on.write({ version: "1.36" });
    await watch(on, undefined, async () => (await on.log(2)).some((line) => line.startsWith("insert cp-0")));
    await watch(on, undefined, async () => (await on.log(2)).some((line) => line.startsWith("cordon cp-1")));
    const lost = on.cluster.named("instances", "cp-2");
    const { compute } = on.plane.cloud;
    await computePort(compute.service).delete(
      {
        kind: "instances",
        project: PROJECT,
        scope: `zones/${String(lost["zone"]).split("/").at(-1)}`,
        name: lost["name"],
      } as ComputeRef,
      "00000000-0000-4000-9000-000000000001",
    );
    const well = () => on.kubernetes.etcd.members().filter(({ running }) => running).length;
    await watch(on, () => assert.ok(well() >= 2, "no other one is taken while one is lost (S5)"));
    await on.cluster.assertSettled();
    assert.deepEqual(await on.versions(), ["1.36.4"]);
    assert.equal(await on.uid(), uid, "the same cluster");
  });

  it("does not begin while a member is not well, and says so (S5)", async () => {
    const on = await upgradeStage({ version: "1.35", replicas: 3 });
    const name = on.cluster.named("instances", "cp-2")["name"];
    on.kubernetes.kubelet(name)?.stop();
    await on.plane.clock.advance(90_000);
    await on.write({ version: "1.36" });
    // Before its repair begins, which would let the upgrade begin.
    await on.plane.clock.advance(5 * 60_000);
    assert.deepEqual(await on.versions(), ["1.35.8"]);
    const { message } = conditionOf(await on.cluster.status(), "UpToDate");
    assert.match(message, /API servers of 1\.35\.8 \(2 of 3 run it\)/);
    on.kubernetes.kubelet(name)?.start();
    await watch(on, () => assertSafe(on));
    assert.deepEqual(await on.versions(), ["1.36.4"]);
  });
});

/** S5 and S9, at every step. */
function assertSafe({ kubernetes }: UpgradeStage): void {
  const minor = (version: string) => Number(version.replace(/^v/, "").split(".")[1]);
  const servers = [...kubernetes.state.serverVersions.values()].map(minor);
  const kubelets = kubernetes.kubelets().map((one) => minor(one.machine.kubeletVersion));
  assert.ok(Math.max(...servers) - Math.min(...servers) <= 1, `API servers ${servers}`);
  assert.ok(
    Math.max(...kubelets.filter((_, at) => !(kubernetes.kubelets()[at]?.controlPlane ?? false)), 0) <=
      Math.min(...servers),
    "nodes are never ahead",
  );
  const members = kubernetes.etcd.members();
  const well = members.filter(({ running, learner }) => running && !learner).length;
  assert.ok(well >= members.length - 1, `${well} of ${members.length} etcd members are well`);
}

async function operation({ plane, cluster }: UpgradeStage): Promise<OperationRecord | undefined> {
  const { operation: id } = await cluster.status();
  const { documents } = await plane.engine.store.query<OperationRecord>({ group: "operations", limit: 100 });
  return documents.find(({ data }) => data.id === id)?.data;
}
