/** A pass writes only where there is something to do or to say, and remembers what it saw without trusting it too far. */
import assert from "node:assert/strict";
import { WHOLE_LOOK_EVERY_MS } from "../../../shared/engine/look-memory.ts";
import { pass } from "../../../shared/engine/pass.ts";
import { statusPath } from "../../../shared/engine/paths.ts";
import { submitCommand } from "../../../shared/engine/submit-command.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { readCommand } from "../../../shared/status/command.ts";
import { type FakeWorld, fakeWorld, ID, quickstart } from "../../support/fake-engine.ts";
import { type FakeKind, fakeKind } from "../../support/fake-kind.ts";

/** Counts the looks at a kind. */
function counted(kind: FakeKind): { looks: number } {
  const count = { looks: 0 };
  const { observe } = kind.kind;
  Object.assign(kind.kind, {
    observe: (...args: Parameters<typeof observe>) => {
      count.looks += 1;
      return observe(...args);
    },
  });
  return count;
}

async function versionOf({ store }: FakeWorld): Promise<string | undefined> {
  return (await store.get(statusPath(ID)))?.version;
}

describe("engine/glance", () => {
  it("writes nothing while operations go on, and asks for the next look", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    const before = await versionOf(world);
    await world.clock.advance(1_000);
    const { outcome } = await pass(world.engine, ID, "test");
    assert.equal(outcome, "quiet");
    assert.equal(await versionOf(world), before);
    assert.equal(world.wakeups.length, 2);
    assert.equal(world.wakeups[1]?.atMs, world.clock.nowMs() + 1_000);
  });

  it("writes once in a while all the same, so that no sweep takes the cluster for forgotten", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    let furthestMs = 0;
    for (let second = 0; second < 120; second++) {
      await world.clock.advance(1_000);
      await pass(world.engine, ID, "test");
      furthestMs = Math.max(furthestMs, world.clock.nowMs() - ((await world.status()).wakeAtMs ?? 0));
    }
    assert.ok(furthestMs < 25_000, `the stored wake-up was ${furthestMs} ms old`);
  });

  it("writes nothing of a settled cluster, and sees what somebody deleted by hand", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end();
    await pass(world.engine, ID, "test");
    const before = await versionOf(world);
    assert.equal((await pass(world.engine, ID, "an hour later")).outcome, "quiet");
    assert.equal(await versionOf(world), before);
    network.there.clear();
    assert.equal((await pass(world.engine, ID, "an hour later")).outcome, "saved");
    assert.equal(network.calls.length, 2);
  });

  it("looks again only at what ended, and at everything before it calls the cluster ready", async () => {
    const [network, disk] = [fakeKind("networks"), fakeKind("disks", ["networks"])];
    const looks = counted(network);
    const world = fakeWorld([network, disk]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end();
    await pass(world.engine, ID, "its operation ended");
    const soFar = looks.looks;
    for (let second = 0; second < 5; second++) {
      await world.clock.advance(1_000);
      await pass(world.engine, ID, "the disk is on its way");
    }
    assert.equal(looks.looks, soFar, "the network did not change by itself");
    disk.end();
    await pass(world.engine, ID, "all ended");
    assert.equal(looks.looks, soFar + 1);
    assert.equal((await world.status()).phase, "Ready");
  });

  it("does not call a cluster ready of which something was deleted since it was looked at", async () => {
    const [network, disk] = [fakeKind("networks"), fakeKind("disks", ["networks"])];
    const world = fakeWorld([network, disk]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end();
    await pass(world.engine, ID, "its operation ended");
    network.there.clear();
    disk.end();
    await pass(world.engine, ID, "all ended");
    assert.notEqual((await world.status()).phase, "Ready");
    assert.equal(network.calls.length, 2, "it is made again");
  });

  it("looks at everything once a minute, in a new process, and when another pass has acted in between", async () => {
    const [network, disk] = [fakeKind("networks"), fakeKind("disks", ["networks"])];
    const looks = counted(network);
    const world = fakeWorld([network, disk]);
    const other = fakeWorld([]).engine.memory;
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end();
    await pass(world.engine, ID, "its operation ended");
    const lookedIn = async (run: () => Promise<unknown>): Promise<number> => {
      const before = looks.looks;
      await run();
      return looks.looks - before;
    };
    const here = () => pass(world.engine, ID, "here");
    assert.equal(await lookedIn(here), 0);
    await world.clock.advance(WHOLE_LOOK_EVERY_MS);
    assert.equal(await lookedIn(here), 1, "a minute later");
    assert.equal(await lookedIn(here), 0);
    const elsewhere = () => pass({ ...world.engine, memory: other, holder: () => "two" }, ID, "elsewhere");
    assert.equal(await lookedIn(elsewhere), 1, "another process knows nothing");
    await world.write(quickstart({ deletionProtection: true }));
    await elsewhere();
    assert.equal(await lookedIn(here), 1, "somebody else acted");
  });

  it("does not act on what it saw before it slept, though nobody wrote anything meanwhile", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end();
    await pass(world.engine, ID, "it is there");
    network.there.clear();
    const { transact } = world.store;
    let slept = false;
    const store: Store = {
      ...world.store,
      transact: async (body) => {
        if (!slept) {
          slept = true;
          await world.clock.advance(10 * 60_000);
          network.there.set("networks-1", { name: "networks-1" });
        }
        return transact(body);
      },
    };
    await pass({ ...world.engine, store }, ID, "the process sleeps between its look and the lease");
    assert.equal(slept, true);
    assert.equal(network.calls.length, 1, "it was put back by hand long before");
    assert.equal((await world.status()).phase, "Ready", "and what is there now was seen");
  });

  it("loses no command that comes in between its look and the lease", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    network.end();
    await pass(world.engine, ID, "it is there");
    network.there.clear();
    const read = readCommand({ cluster: ID, command: "drain", node: "node-1" });
    assert(read.ok);
    const { transact } = world.store;
    let submitted = false;
    const store: Store = {
      ...world.store,
      transact: async (body) => {
        if (!submitted) {
          submitted = true;
          await submitCommand(world.engine, read.command, { by: "alice@example.com" });
        }
        return transact(body);
      },
    };
    await pass({ ...world.engine, store }, ID, "somebody deleted it, and somebody else asks for a drain");
    assert.equal(submitted, true);
    assert.equal(network.calls.length, 2, "what is missing comes back");
    assert.deepEqual(
      (await world.status()).care?.commands.map(({ command, node }) => [command, node]),
      [["drain", "node-1"]],
    );
  });

  it("asks for no look in the past when its clock is behind, and does not rest on such a clock", async () => {
    const network = fakeKind("networks");
    const world = fakeWorld([network]);
    await world.write(quickstart());
    await pass(world.engine, ID, "test");
    const behind = { ...world.clock, nowMs: () => world.clock.nowMs() - 600_000 };
    for (let looks = 0; looks < 3; looks++) {
      await world.clock.advance(1_000);
      const { outcome } = await pass({ ...world.engine, clock: behind }, ID, "by a wrong clock");
      assert.equal(outcome, "saved");
      const wake = world.wakeups.at(-1);
      assert.ok((wake?.atMs ?? 0) > world.clock.nowMs(), `${wake?.atMs} is over`);
    }
  });
});
