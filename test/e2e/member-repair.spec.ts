/** Control-plane members that fall silent are restarted, then made anew, and never so that etcd loses its quorum. */
import assert from "node:assert/strict";
import { inboxPath } from "../../shared/engine/paths.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import { EMPTY_INBOX } from "../../shared/status/inbox.ts";
import { PROJECT, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";

const ID = "silent";
const MINUTE_MS = 60_000;
const STEP_MS = 5_000;

async function running(deletionProtection: boolean, replicas: 1 | 3 = 3) {
  const plane = simulatedPlane();
  const spec = {
    name: ID,
    engine: "gce",
    project: PROJECT,
    region: "europe-west4",
    controlPlane: { replicas },
    nodePools: [{ name: "general", size: 1 }],
    deletionProtection,
  };
  const cluster = runningCluster(plane, ID, spec);
  await cluster.write(spec);
  const { compute, guests } = plane.cloud;
  const member = (number: number) => {
    const found = [...compute.machines(PROJECT)].find(({ name }) => name.endsWith(`-cp-${number}`));
    assert(found !== undefined);
    return found;
  };
  const kubelet = (number: number) => {
    const found = guests.clusterOf(member(number))?.kubelet(member(number).name);
    assert(found !== undefined);
    return found;
  };
  const kubernetes = guests.clusterOf(member(0));
  assert(kubernetes !== undefined);
  const well = () => kubernetes.etcd.members().filter(({ running }) => running).length;
  const ids = () => [0, 1, 2].map((number) => member(number).id);
  const pass = async (minutes: number, look: () => void = () => {}) => {
    for (let ms = 0; ms < minutes * MINUTE_MS; ms += STEP_MS) {
      await plane.clock.advance(STEP_MS);
      if (ms % (5 * MINUTE_MS) === 0) await sweep(plane.engine);
      look();
    }
  };
  const deeds = async () => {
    const { documents } = await plane.engine.store.query<EventRecord>({ group: "events", limit: 500 });
    return documents
      .toSorted((one, other) => one.data.epoch - other.data.epoch)
      .flatMap(({ data }) => data.lines)
      .filter(({ verb, key }) => /^(delete|instances\.|insert)/.test(verb) && /instances\/.*-cp-/.test(key))
      .map(({ verb, key }) => `${verb} ${key.slice(-4)}`);
  };
  const begun = (await deeds()).length;
  return {
    plane,
    cluster,
    member,
    kubelet,
    kubernetes,
    well,
    ids,
    pass,
    deeds: async () => (await deeds()).slice(begun),
  };
}

/** Every boot ends in silence. */
function dies(kubelet: Awaited<ReturnType<typeof running>>["kubelet"], number: number): void {
  const stuck = kubelet(number);
  stuck.stop();
  Object.assign(stuck, { start: () => {} });
}

describe("a control-plane member", function () {
  this.timeout(120_000);

  it("that falls silent is restarted when it has been so for ten minutes", async () => {
    const on = await running(true);
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
      const on = await running(isProtected);
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
    const on = await running(false);
    const before = on.ids();
    dies(on.kubelet, 1);
    // Its machine never comes back by itself, and so is doubted for as long as one may be.
    for (let minute = 0; minute < 40; minute += 1) {
      if (minute % 5 === 0) {
        const { path, id } = on.member(2);
        const nowMs = on.plane.clock.nowMs();
        const incident = {
          id: `host-${minute}`,
          kind: "host-error" as const,
          method: "compute.instances.hostError",
          machine: path,
          instanceId: id,
          atMs: nowMs,
          receivedMs: nowMs,
          message: "Instance terminated by Compute Engine.",
        };
        await on.plane.engine.store.transact(async (transaction) =>
          transaction.set(inboxPath(ID), { ...EMPTY_INBOX, incidents: [incident] }),
        );
        await on.plane.pass(ID, "incident");
      }
      await on.pass(1);
    }
    assert.deepEqual(await on.deeds(), []);
    assert.deepEqual(on.ids(), before);
    const repairing = (await on.cluster.status()).conditions.find(({ type }) => type === "Repairing");
    assert.match(
      repairing?.message ?? "",
      /2 other control-plane machines to be well before \S+cp-1 is taken/,
    );
  });

  it("that is the only one is left to a person while its API answers, and the status says so", async () => {
    const on = await running(false, 1);
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
