/** Control-plane members that fall silent are restarted, then made anew, and never so that etcd loses its quorum. */
import assert from "node:assert/strict";
import { ID, type MemberStage, memberStage } from "./member-stage.ts";

/** Every boot ends in silence. */
function dies(kubelet: MemberStage["kubelet"], number: number): void {
  const stuck = kubelet(number);
  stuck.stop();
  Object.assign(stuck, { start: () => {} });
}

describe("a control-plane member", function () {
  this.timeout(120_000);

  it("that falls silent is restarted when it has been so for ten minutes", async () => {
    const on = await memberStage(true);
    const before = on.ids();
    on.kubelet(1).stop();
    await on.pass(9);
    assert.deepEqual(await on.deeds(), []);
    await on.pass(10);
    assert.deepEqual(await on.deeds(), ["instances.reset cp-1"]);
    await on.plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
    await on.cluster.assertSettled();
    assert.deepEqual(on.ids(), before);
    assert.equal(on.well(), 3);
  });

  for (const isProtected of [true, false])
    it(`that stays silent is made anew with its disk, and is the etcd member that it was${isProtected ? ", protected or not" : ""}`, async () => {
      const on = await memberStage(isProtected);
      const [, before] = on.ids();
      const members = on.kubernetes.etcd.members().map(({ id, name }) => ({ id, name }));
      dies(on.kubelet, 1);
      let fewest = 3;
      await on.pass(60, () => {
        fewest = Math.min(fewest, on.well());
      });
      assert(fewest >= 2, "a quorum all the time (S5)");
      await on.plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
      await on.cluster.assertSettled();
      assert.notEqual(on.member(1).id, before, "another machine");
      assert.deepEqual(
        on.kubernetes.etcd.members().map(({ id, name }) => ({ id, name })),
        members,
      );
      assert.equal(on.well(), 3);
      const deeds = await on.deeds();
      assert.deepEqual(
        deeds.filter((deed) => !deed.includes("Protection")),
        ["instances.reset cp-1", "delete cp-1", "insert cp-1"],
      );
    });

  it("of three that is silent is left alone while the host of another one has failed, fault 12 (S5)", async () => {
    const on = await memberStage(false);
    const before = on.ids();
    dies(on.kubelet, 1);
    await on.doubted(2, 40);
    assert.deepEqual(await on.deeds(), []);
    assert.deepEqual(on.ids(), before);
    const repairing = (await on.cluster.status()).conditions.find(({ type }) => type === "Repairing");
    assert.match(
      repairing?.message ?? "",
      /2 other control-plane machines to be well before \S+cp-1 is taken/,
    );
  });

  it("whose turn it is to be made anew is left alone while the host of another one has failed, fault 12 (S5)", async () => {
    const on = await memberStage(false);
    const before = on.ids();
    const { plane, spec } = on;
    await on.doubted(2, 1);
    await plane.write(ID, { spec: { ...spec, controlPlane: { replicas: 3, machineType: "n2-standard-4" } } });
    await on.doubted(2, 15);
    assert.deepEqual(await on.deeds(), []);
    assert.deepEqual(on.ids(), before);
    const said = (await on.cluster.status()).conditions.find(({ type }) => type === "UpToDate");
    assert.match(
      said?.message ?? "",
      /cp-2 to be well for certain before \S+cp-0 is taken: its host failed at/,
    );
    await on.pass(60);
    await on.cluster.assertSettled();
    assert.equal(new Set([...before, ...on.ids()]).size, 6, "each is made anew");
  });

  it("that is the only one is left to a person while its API answers, and the status says so", async () => {
    const on = await memberStage(false, 1);
    on.kubelet(0).hang();
    await on.pass(20);
    assert.deepEqual(await on.deeds(), []);
    const repairing = (await on.cluster.status()).conditions.find(({ type }) => type === "Repairing");
    assert.match(
      repairing?.message ?? "",
      /waiting for somebody to reset \S+-cp-0, the only control-plane machine, which nothing takes while/,
    );
  });
});
