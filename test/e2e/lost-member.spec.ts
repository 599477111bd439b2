/** What becomes of a control-plane machine that somebody deletes by hand: its address and its etcd data are kept. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { sweep } from "../../shared/engine/sweep.ts";
import type { ComputeRef } from "../../shared/ports/compute.ts";
import { JOIN_LATE_MS } from "../../shared/resources/gce/group-members.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { computePort } from "../../simulator/compute/port.ts";
import type { KubernetesCluster } from "../../simulator/kubernetes/cluster.ts";
import { PROJECT, type Running, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";

const SWEEP_EVERY_MS = 60_000;
const ID = "lost";
const spec = (replicas: number, workers = 1) => ({
  name: ID,
  engine: "gce",
  project: PROJECT,
  region: "europe-west4",
  controlPlane: { replicas },
  nodePools: [{ name: "general", size: workers }],
  deletionProtection: false,
});

interface Scene {
  readonly cluster: Running;
  readonly kubernetes: KubernetesCluster;
  /** The machines of the control plane. */
  machines(): readonly string[];
  machine(member: number): { readonly id: string; readonly address: string; readonly name: string };
  delete(collection: "instances" | "disks" | "addresses", role: string): Promise<void>;
  until(done: (status: ClusterStatus | undefined) => boolean): Promise<void>;
  console(member: number): Promise<string>;
}

/** @param withoutSecond there is no room for a second member yet */
async function running(replicas: number, workers = 1, withoutSecond = false): Promise<Scene> {
  const plane = simulatedPlane();
  const cluster = runningCluster(plane, ID, spec(replicas, workers));
  if (withoutSecond) {
    plane.cloud.compute.faults.add({ kind: "stockout", target: "-cp-1" });
    await plane.write(ID, { spec: spec(replicas, workers) });
    await plane.until(ID, (status) => status?.pins.initialised === true);
  } else await cluster.write(spec(replicas, workers));
  const { compute, guests } = plane.cloud;
  const rowOf = (member: number) => cluster.named("instances", `cp-${member}`);
  const seen = [...compute.machines(PROJECT)].find(({ name }) => name === rowOf(0)["name"]);
  const kubernetes = seen === undefined ? undefined : guests.clusterOf(seen);
  assert.ok(kubernetes !== undefined);
  let deletions = 0;
  return {
    cluster,
    kubernetes,
    machines: () => cluster.paths("instances").filter((path) => path.includes("-cp-")),
    machine: (member) => {
      const row = rowOf(member);
      return { id: row["id"], name: row["name"], address: row["networkInterfaces"][0].networkIP };
    },
    delete: async (collection, role) => {
      const found = cluster.named(collection, role);
      const where = ["zone", "region"].find((place) => found[place] !== undefined) ?? "";
      const scope = `${where}s/${String(found[where]).split("/").at(-1)}`;
      const ref = { kind: collection, project: PROJECT, scope, name: found["name"] } as ComputeRef;
      deletions += 1;
      await computePort(compute.service).delete(ref, `00000000-0000-4000-9000-00000000000${deletions}`);
      // A person waits until it is gone; nobody of ours looks meanwhile.
      const isGone = () => !cluster.paths(collection).some((path) => path.endsWith(`/${found["name"]}`));
      while (!isGone()) await plane.clock.advance(1_000);
    },
    until: async (done) => {
      await plane.clock.advance(SWEEP_EVERY_MS);
      await sweep(plane.engine);
      await plane.until(ID, done);
    },
    console: async (member) => {
      const { name, zone } = rowOf(member);
      const scope = `zones/${String(zone).split("/").at(-1)}`;
      const ref = { kind: "instances", project: PROJECT, scope, name } as ComputeRef<"instances">;
      return (await computePort(compute.service).serialOutput(ref)).contents;
    },
  };
}

const ready = (status: ClusterStatus | undefined): boolean =>
  status?.phase === "Ready" && status.wakeAtMs === null;
const voters = ({ kubernetes }: Scene) =>
  kubernetes.etcd.members().map(({ id, name, learner, running }) => ({ id, name, learner, running }));
const uidOf = async ({ cluster }: Scene): Promise<unknown> =>
  (await cluster.inside("/api/v1/namespaces/kube-system"))?.["metadata"]["uid"];
const said = (status: ClusterStatus | undefined, type: string): string =>
  status?.conditions.find((condition) => condition.type === type)?.message ?? "";

describe("a control-plane machine deleted by hand", function () {
  this.timeout(120_000);

  for (const workers of [1, 0])
    it(`that was the only one comes back with its data, and the cluster is the same one, with ${workers} workers`, async () => {
      const scene = await running(1, workers);
      const [uid, before] = [await uidOf(scene), scene.machine(0)];
      await scene.delete("instances", "cp-0");
      await scene.until(ready);
      await scene.cluster.assertSettled();
      assert.notEqual(scene.machine(0).id, before.id, "another machine");
      assert.equal(scene.machine(0).address, before.address);
      assert.equal(await uidOf(scene), uid, "the same cluster");
    });

  for (const replicas of [3, 5])
    for (const member of [0, replicas - 1])
      it(`that was member ${member} of ${replicas} comes back as the etcd member that it was`, async () => {
        const scene = await running(replicas);
        const [uid, before, members] = [await uidOf(scene), scene.machine(member), voters(scene)];
        assert.deepEqual(
          members.map(({ learner, running }) => ({ learner, running })),
          members.map(() => ({ learner: false, running: true })),
        );
        await scene.delete("instances", `cp-${member}`);
        await scene.until(ready);
        await scene.cluster.assertSettled();
        assert.notEqual(scene.machine(member).id, before.id, "another machine");
        assert.equal(scene.machine(member).address, before.address, "at the same address");
        assert.deepEqual(voters(scene), members, "the same etcd members, all of them well");
        assert.equal(await uidOf(scene), uid, "the same cluster");
        assert.match(await scene.console(member), /its disk holds this member's data, going on with it/);
      });

  it("that is the first of three, before there is a second one, goes on with the cluster that it made", async () => {
    const scene = await running(3, 1, true);
    const [uid, before] = [await uidOf(scene), scene.machine(0)];
    await scene.delete("instances", "cp-0");
    await scene.until((status) => status?.nodes.ready === 2);
    assert.equal(voters(scene).length, 1);
    scene.cluster.plane.cloud.compute.faults.clear();
    await scene.until(ready);
    await scene.cluster.assertSettled();
    assert.notEqual(scene.machine(0).id, before.id, "another machine");
    assert.equal(await uidOf(scene), uid, "the same cluster");
    assert.equal(voters(scene).length, 3);
  });

  it("counts for the quorum again: another one may be lost then", async () => {
    const scene = await running(3);
    await scene.delete("instances", "cp-0");
    await scene.until(ready);
    await scene.delete("instances", "cp-1");
    assert.ok((await uidOf(scene)) !== undefined, "two of three serve on");
    await scene.until(ready);
    await scene.cluster.assertSettled();
  });

  it("together with another one of five: they are made anew one after the other, never two at a time", async () => {
    const scene = await running(5);
    const members = voters(scene);
    await scene.delete("instances", "cp-0");
    await scene.delete("instances", "cp-3");
    const seen: string[] = [];
    await scene.until((status) => {
      const well = scene.kubernetes.etcd.members().filter(({ running }) => running).length;
      const now = `${scene.machines().length} machines, ${well} well`;
      if (seen.at(-1) !== now) seen.push(now);
      return ready(status);
    });
    assert.deepEqual(seen, [
      "4 machines, 3 well",
      "4 machines, 4 well",
      "5 machines, 4 well",
      "5 machines, 5 well",
    ]);
    assert.deepEqual(voters(scene), members);
    await scene.cluster.assertSettled();
  });

  it("with its disk does not join, and the status stays Degraded and says how to solve it by hand", async () => {
    const scene = await running(3);
    const { name } = scene.machine(0);
    const lost = voters(scene)[0];
    await scene.delete("instances", "cp-0");
    await scene.delete("disks", "etcd-0");
    await scene.until((status) => said(status, "ControlPlaneReady").includes("its console says why"));
    const status = await scene.cluster.status();
    assert.equal(status.phase, "Degraded");
    assert.match(said(status, "Ready"), new RegExp(`^ControlPlaneReady: Waiting for ${name} to join`));
    assert.match(said(status, "ControlPlaneReady"), /remove its old etcd member by hand/);
    const remove = new RegExp(
      `failed join: the etcd disk is empty, and etcd still lists .*etcdctl member remove ${lost?.id}`,
    );
    assert.match(await scene.console(0), remove);
    assert.deepEqual(voters(scene)[0], { ...lost, running: false }, "nobody touched the old member");
    assert.ok((await uidOf(scene)) !== undefined, "the two others serve on");
    await scene.cluster.plane.clock.advance(2 * JOIN_LATE_MS);
    assert.equal((await scene.cluster.status()).phase, "Degraded");

    assert.ok(scene.kubernetes.etcd.removeMember(lost?.id ?? "").ok, "what the console said");
    await scene.until(ready);
    await scene.cluster.assertSettled();
    assert.equal(voters(scene).filter(({ running, learner }) => running && !learner).length, 3);
  });

  it("with its address does not join either, and says where etcd looks for it", async () => {
    const scene = await running(3);
    const { address } = scene.machine(1);
    await scene.delete("instances", "cp-1");
    await scene.delete("addresses", "cp-1");
    await scene.until((status) => said(status, "ControlPlaneReady").includes("its console says why"));
    assert.notEqual(scene.machine(1).address, address);
    const where = `etcd lists this member at https://${address}:2380, and this machine is at`;
    assert.ok((await scene.console(1)).includes(where));
    assert.equal((await scene.cluster.status()).phase, "Degraded");
  });
});
