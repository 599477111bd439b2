/** A control-plane member whose API server or etcd is dead, while its node stays Ready, is mended like one that is silent. */
import assert from "node:assert/strict";
import { parseComputePath } from "../../shared/ports/compute.ts";
import { computePort } from "../../simulator/compute/port.ts";
import { ID, type MemberStage, memberStage } from "./member-stage.ts";

const PARTS = ["kube-apiserver", "etcd"] as const;

async function settles(on: MemberStage): Promise<void> {
  await on.plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
  await on.cluster.assertSettled();
  assert.equal(on.well(), 3);
  assert.equal(on.kubernetes.apiServers().length, 3);
  assert.equal(on.told("kube-apiserver", 1), "Running");
}
async function repairing(on: MemberStage): Promise<string> {
  const { conditions } = await on.cluster.status();
  return conditions.find(({ type }) => type === "Repairing")?.message ?? "";
}

describe("a control-plane member on a node that stays Ready", function () {
  this.timeout(120_000);

  for (const part of PARTS)
    it(`whose ${part} dies is restarted when that has been dead for ten minutes`, async () => {
      const on = await memberStage(true);
      const before = on.ids();
      on.kubernetes.killPart(on.name(1), part);
      await on.pass(9);
      assert.deepEqual(await on.deeds(), []);
      assert.equal(on.told("kube-apiserver", 1), "CrashLoopBackOff");
      assert.match(
        await repairing(on),
        new RegExp(`1 of 3 .*${part} of \\S+cp-1 has been not Ready \\(CrashLoopBackOff\\) since`),
      );
      await on.pass(10);
      assert.deepEqual(await on.deeds(), ["instances.reset cp-1"]);
      await settles(on);
      assert.deepEqual(on.ids(), before);
    });

  for (const isProtected of [true, false])
    it(`whose etcd dies again after its restart is made anew with its disk${isProtected ? ", protected or not" : ""}`, async () => {
      const on = await memberStage(isProtected);
      const [, before] = on.ids();
      const voters = on.kubernetes.etcd.members().map(({ id, name }) => ({ id, name }));
      on.kubernetes.killPart(on.name(1), "etcd", "always");
      let fewest = 3;
      await on.pass(60, () => {
        fewest = Math.min(fewest, on.well());
      });
      assert(fewest >= 2, "a quorum all the time (S5)");
      await settles(on);
      assert.notEqual(on.ids()[1], before, "another machine");
      assert.deepEqual(
        on.kubernetes.etcd.members().map(({ id, name }) => ({ id, name })),
        voters,
      );
      const deeds = (await on.deeds()).filter((deed) => !deed.includes("Protection"));
      assert.deepEqual(deeds, ["instances.reset cp-1", "delete cp-1", "insert cp-1"]);
    });

  it("is left alone while another one's etcd is dead, for that voter counts as lost (S5)", async () => {
    const on = await memberStage(false);
    const before = on.ids();
    on.kubernetes.killPart(on.name(1), "kube-apiserver", "always");
    on.kubernetes.killPart(on.name(2), "etcd", "always");
    await on.pass(40);
    assert.deepEqual(await on.deeds(), []);
    assert.match(await repairing(on), /2 other control-plane machines to be well before \S+cp-1 is taken/);
    on.kubernetes.mendParts(on.name(2));
    await on.pass(40);
    await settles(on);
    assert.notEqual(on.ids()[1], before[1], "it was taken as soon as it could be");
    assert.equal(on.ids()[2], before[2]);
  });

  for (const [what, fails] of [
    [
      "whose API server is dead",
      (on: MemberStage) => on.kubernetes.killPart(on.name(1), "kube-apiserver", "always"),
    ],
    ["that hangs", (on: MemberStage) => on.kubelet(1).hang()],
  ] as const)
    it(`${what} holds up the return of another one for ten minutes, and is mended after that`, async () => {
      const on = await memberStage(false);
      const before = on.ids();
      fails(on);
      await on.pass(2);
      const { path } = on.member(2);
      const ref = { ...parseComputePath(path), kind: "instances" as const };
      await computePort(on.plane.cloud.compute.service).delete(ref, "00000000-0000-4000-9000-000000000001");
      await on.pass(7);
      assert.deepEqual(await on.deeds(), [], "it may come back by itself");
      await on.pass(50);
      await settles(on);
      const [insert, reset] = await on.deeds();
      assert.deepEqual([insert, reset], ["insert cp-2", "instances.reset cp-1"]);
      assert.notEqual(on.ids()[2], before[2]);
    });

  it("that mends itself in time is not touched", async () => {
    const on = await memberStage(false);
    on.kubernetes.killPart(on.name(1), "etcd");
    await on.pass(8);
    on.kubernetes.mendParts(on.name(1));
    await on.pass(15);
    assert.deepEqual(await on.deeds(), []);
    await settles(on);
  });

  it("whose API server is not even reported is restarted, then made anew, counted from when that was noticed", async () => {
    const on = await memberStage(false);
    on.kubernetes.killPart(on.name(1), "kube-apiserver", "manifest-gone");
    await on.pass(9);
    assert.deepEqual(await on.deeds(), []);
    assert.equal((await on.cluster.status()).care?.missing?.[0]?.component, "kube-apiserver");
    assert.match(await repairing(on), /kube-apiserver of \S+cp-1 has been missing since/);
    await on.pass(30);
    assert.deepEqual(await on.deeds(), ["instances.reset cp-1", "delete cp-1", "insert cp-1"]);
    await settles(on);
    assert.equal((await on.cluster.status()).care?.missing, undefined);
  });
});
