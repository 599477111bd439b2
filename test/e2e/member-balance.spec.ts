/** The load balancer is told first that a control-plane member is taken, and last that it is well again. */
import assert from "node:assert/strict";
import { deliver } from "../support/redelivery.ts";
import { Crash, type PortCall, type Strike } from "../support/unreliable-ports.ts";
import { ID, type MemberStage, memberStage } from "./member-stage.ts";

const RESTARTED = ["leave cp-1", "instances.reset cp-1", "serve cp-1"];

function balanced(on: MemberStage): readonly string[] {
  return [...on.plane.cloud.compute.world.rows.all()]
    .filter(({ collection }) => collection === "instanceGroups")
    .flatMap(({ members }) => [...(members ?? [])].map(({ name }) => name.slice(-4)))
    .filter((name) => name.startsWith("cp-"))
    .toSorted();
}
async function settles(on: MemberStage): Promise<void> {
  await on.plane.until(ID, (status) => status?.phase === "Ready" && status.wakeAtMs === null);
  await on.cluster.assertSettled();
  assert.equal(on.well(), 3);
}

describe("the load balancer of a control plane", function () {
  this.timeout(120_000);

  it("is told before a member that hangs is restarted, and again when it is well", async () => {
    const on = await memberStage(false);
    on.kubelet(1).stop();
    await on.pass(20);
    await settles(on);
    assert.deepEqual(await on.course(), RESTARTED);
  });

  it("is told so of a member whose node hangs while its API server goes on", async () => {
    const on = await memberStage(false);
    on.kubelet(1).hang();
    await on.pass(9);
    assert.deepEqual(await on.course(), [], "until its turn has come it stays");
    await on.pass(11);
    await settles(on);
    assert.deepEqual(await on.course(), RESTARTED);
  });

  it("is told so once of a member that is restarted and then made anew", async () => {
    const on = await memberStage(true);
    on.kubernetes.killPart(on.name(1), "kube-apiserver", "always");
    await on.pass(40);
    await settles(on);
    assert.deepEqual(await on.course(), [
      "leave cp-1",
      "instances.reset cp-1",
      "delete cp-1",
      "insert cp-1",
      "serve cp-1",
    ]);
  });

  it("takes a member back that healed after it had left", async () => {
    const on = await memberStage(false);
    on.kubernetes.killPart(on.name(1), "kube-apiserver", "always");
    await on.pass(30, async () => {
      if ((await on.course()).includes("leave cp-1")) on.kubernetes.mendParts(on.name(1));
    });
    await settles(on);
    const course = await on.course();
    assert.equal(course[0], "leave cp-1");
    assert.equal(course.at(-1), "serve cp-1");
    assert.deepEqual(balanced(on), ["cp-0", "cp-1", "cp-2"]);
  });
});

/** Whether a call takes member 1, or the answers of such a call. */
function takes({ method, args }: PortCall): boolean {
  const told = JSON.stringify(args);
  return /-cp-1"/.test(told) && (method === "delete" || told.includes("instances.reset"));
}

describe("a crash before or after any call of the repair of a member", function () {
  this.timeout(180_000);

  for (const strike of ["crash-before", "crash-after", "lost"] as const)
    it(`takes it only when it is out of the load balancer's group, and ends with it in there: ${strike}`, async () => {
      const on = await memberStage(true);
      const [, before] = on.ids();
      on.kubernetes.killPart(on.name(1), "etcd", "always");
      const met = new Set<string>();
      let [taken, strikes] = [0, 0];
      const decide = (call: PortCall): Strike | undefined => {
        if (takes(call)) {
          taken += 1;
          assert.ok(!balanced(on).includes("cp-1"), "told first");
        }
        const { port, method, target, mutates } = call;
        const name = `${port} ${method} ${target}`;
        if (!mutates || met.has(name)) return undefined;
        met.add(name);
        strikes += 1;
        return strike;
      };
      const deliveries = deliver(on.plane, decide);
      for (let minute = 0; minute < 50; minute += 1) {
        await on.plane.clock.advance(60_000);
        assert.ok(on.well() >= 2, "a quorum all the time (S5)");
      }
      deliveries.stop();
      const isExpected = (error: Error): boolean =>
        error instanceof Crash ||
        error.message.includes("was lost") ||
        (error.cause instanceof Error && isExpected(error.cause));
      assert.deepEqual(
        deliveries.failures.filter((error) => !isExpected(error)),
        [],
      );
      assert.ok(taken >= 2 && strikes >= 6, `taken ${taken} times, ${strikes} strikes`);
      await settles(on);
      assert.notEqual(on.ids()[1], before);
      assert.deepEqual(balanced(on), ["cp-0", "cp-1", "cp-2"]);
    });
});
