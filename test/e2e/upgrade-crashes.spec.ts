/** A process may die before or after any call of an upgrade, and any answer may get lost: the end is the same (fault 6). */
import assert from "node:assert/strict";
import { createSeededChance } from "../../simulator/chance.ts";
import { type Counts, countChanges } from "../support/change-counts.ts";
import { deliver } from "../support/redelivery.ts";
import { Crash, type PortCall, type Strike } from "../support/unreliable-ports.ts";
import { upgradeStage, watch } from "./upgrade-stage.ts";

interface Life {
  readonly counts: Counts;
  readonly versions: readonly string[];
  readonly addons: readonly string[];
  readonly members: readonly string[];
  readonly strikes: number;
}

/** Takes a cluster one minor up, struck by whatever `decide` says. */
async function upgrade(replicas: number, decide: (call: PortCall) => Strike | undefined): Promise<Life> {
  const on = await upgradeStage({ replicas, version: "1.35" });
  const { plane, cluster, kubernetes } = on;
  const before = { uid: await on.uid(), ids: kubernetes.etcd.members().map(({ id }) => id) };
  const counts = countChanges(plane.cloud);
  let strikes = 0;
  const deliveries = deliver(plane, (call) => {
    const strike = decide(call);
    if (strike !== undefined) strikes += 1;
    return strike;
  });
  await deliveries.write("shop", { spec: on.spec({ version: "1.36" }) });
  const safe = () => {
    const members = kubernetes.etcd.members();
    const well = members.filter(({ running, learner }) => running && !learner).length;
    assert.ok(well >= members.length - 1, `S5: ${well} of ${members.length}`);
  };
  await watch(on, safe, async () => (await cluster.status()).readyGeneration === 2);
  deliveries.stop();
  assert.deepEqual(
    deliveries.failures.filter((error) => !isExpected(error)),
    [],
  );
  assert.equal(await on.uid(), before.uid, "the same cluster");
  const { uid } = await cluster.status();
  const members = kubernetes.etcd.members();
  assert.deepEqual(
    members.map(({ id }) => id),
    before.ids,
    "the same etcd members",
  );
  const all = Object.entries(counts.counts([uid]));
  // Those of the schedule come with the time that passes.
  const made = Object.fromEntries(
    all.filter(([path]) => !path.includes("/snapshots/") || path.endsWith("-TURN")),
  );
  const [versions, addons] = [await on.versions(), await on.addons()];
  return { counts: made, versions, addons, members: members.map(({ name }) => name), strikes };
}

function isExpected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof Crash || error.message.includes("was lost") || isExpected(error.cause);
}

const fate = ({ strikes: _any, ...life }: Life): unknown => life;

for (const replicas of [1, 3])
  describe(`a crash before or after any call of an upgrade of ${replicas} control-plane machines`, function () {
    this.timeout(180_000);
    let undisturbed: Life;

    before(async () => {
      undisturbed = await upgrade(replicas, () => undefined);
      assert.deepEqual(undisturbed.versions, ["1.36.4"]);
      assert.deepEqual(undisturbed.addons, ["kube-proxy:v1.36.4", "coredns/coredns:v1.14.2"]);
      for (const [name, { created, deleted }] of Object.entries(undisturbed.counts))
        if (name.includes("-cp-")) assert.deepEqual([created, deleted], [1, 1], name);
    });

    for (const strike of ["crash-before", "crash-after", "lost"] as const)
      it(`changes nothing: ${strike} at the first of every mutating call (S1, S6, S10, fault 6)`, async () => {
        const met = new Set<string>();
        const life = await upgrade(replicas, ({ port, method, target, mutates }) => {
          const name = `${port} ${method} ${target}`;
          if (!mutates || met.has(name)) return undefined;
          met.add(name);
          return strike;
        });
        assert.ok(life.strikes > 20, `${life.strikes} strikes`);
        assert.deepEqual(fate(life), fate(undisturbed));
      });

    it("changes nothing: any call in twenty-five is struck in any way", async () => {
      const chance = createSeededChance(replicas);
      const ways = ["crash-before", "crash-after", "lost"] as const;
      const life = await upgrade(replicas, () =>
        chance.fraction() < 1 / 25 ? ways[Math.floor(chance.fraction() * ways.length)] : undefined,
      );
      assert.ok(life.strikes > 10, `${life.strikes} strikes`);
      assert.deepEqual(fate(life), fate(undisturbed));
    });
  });
