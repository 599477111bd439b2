/** What every Compute must do with machines, their disks and their groups. */
import assert from "node:assert/strict";
import type { Compute } from "../../shared/ports/compute.ts";
import type { ComputeHarness, ComputeSteps } from "./compute-steps.ts";

const GROUP_LIFE_MS = 120_000;

export function describeMachines(current: () => ComputeHarness, steps: ComputeSteps): void {
  const { requestId, regional, zonal, ref, make, done, fails, makeNetwork, machine } = steps;
  let harness: ComputeHarness;
  let compute: Compute;
  beforeEach(() => {
    harness = current();
    compute = harness.compute;
  });

  it("runs a machine, changes it, reads its console, stops it and starts it again", async () => {
    await makeNetwork();
    const one = ref("instances", zonal(), "one");
    const made = await make(one, machine({ labels: { app: "web" } }));
    assert.equal(made.status, "RUNNING");
    assert.match(made.networkInterfaces?.[0]?.networkIP ?? "", /^10\.10\./);
    harness.write(one, "kubelet joined");
    const console = await compute.serialOutput(one);
    assert.match(console.contents, /kubelet joined/);
    assert.deepEqual(await compute.serialOutput(one, console.next), { contents: "", next: console.next });
    const metadata = {
      fingerprint: made.metadata?.fingerprint ?? "",
      items: [{ key: "role", value: "node" }],
    };
    await done(compute.call("instances.setMetadata", one, metadata, requestId()));
    await done(
      compute.call(
        "instances.setLabels",
        one,
        { labels: { app: "db" }, labelFingerprint: made.labelFingerprint },
        requestId(),
      ),
    );
    await done(
      compute.call("instances.setDeletionProtection", one, { deletionProtection: true }, requestId()),
    );
    await fails("invalid", compute.delete(one, requestId()));
    await done(
      compute.call("instances.setDeletionProtection", one, { deletionProtection: false }, requestId()),
    );
    await done(compute.call("instances.stop", one, {}, requestId()));
    const stopped = await compute.get(one);
    assert.equal(stopped?.status, "TERMINATED");
    assert.deepEqual(stopped?.labels, { app: "db" });
    assert.deepEqual(stopped?.metadata?.items, [{ key: "role", value: "node" }]);
    await done(compute.call("instances.start", one, {}, requestId()));
    const started = await compute.get(one);
    assert.equal(started?.status, "RUNNING");
    assert.equal(started?.id, made.id);
    await done(compute.delete(one, requestId()));
    assert.deepEqual(
      await compute.list({ kind: "disks", project: harness.project, scope: "everywhere" }),
      [],
    );
  });

  it("attaches a disk and detaches it by its device name", async () => {
    await makeNetwork();
    const one = ref("instances", zonal(), "one");
    await make(one, machine());
    await make(ref("disks", zonal(), "etcd"), {
      sizeGb: "20",
      type: `zones/${harness.zone}/diskTypes/pd-ssd`,
    });
    const attached = { source: `zones/${harness.zone}/disks/etcd`, deviceName: "etcd" };
    await done(compute.call("instances.attachDisk", one, attached, requestId()));
    await fails("in-use", compute.delete(ref("disks", zonal(), "etcd"), requestId()));
    await done(compute.call("instances.detachDisk", one, { deviceName: "etcd" }, requestId()));
    await done(compute.delete(ref("disks", zonal(), "etcd"), requestId()));
  });

  it("fills an unmanaged group and empties it", async () => {
    await makeNetwork();
    const one = ref("instances", zonal(), "one");
    const group = ref("instanceGroups", zonal(), "masters");
    await make(one, machine());
    await make(group, { namedPorts: [{ name: "apiserver", port: 6443 }] });
    const members = { instances: [{ instance: `zones/${harness.zone}/instances/one` }] };
    await done(compute.call("instanceGroups.addInstances", group, members, requestId()));
    assert.deepEqual(
      (await compute.groupMembers(group)).map((link) => link.replace(/^.*\//, "")),
      ["one"],
    );
    assert.equal((await compute.get(group))?.size, 1);
    await done(compute.call("instanceGroups.removeInstances", group, members, requestId()));
    assert.deepEqual(await compute.groupMembers(group), []);
  });

  it("runs a managed group, grows it, takes one machine out by name, and deletes it with its machines", async () => {
    await makeNetwork();
    const { name: _, ...properties } = { name: "", ...machine() };
    await make(ref("instanceTemplates", "global", "pool-1"), {
      properties: {
        ...properties,
        machineType: "e2-standard-2",
        networkInterfaces: [
          { subnetwork: `projects/${harness.project}/regions/${harness.region}/subnetworks/nodes` },
        ],
      },
    });
    const pool = ref("instanceGroupManagers", regional(), "pool");
    await make(pool, {
      baseInstanceName: "pool",
      instanceTemplate: "global/instanceTemplates/pool-1",
      targetSize: 3,
    });
    await harness.pass(GROUP_LIFE_MS);
    const members = await compute.managedInstances(pool);
    assert.deepEqual(
      members.map(({ currentAction }) => currentAction),
      ["NONE", "NONE", "NONE"],
    );
    assert.equal(new Set(members.map(({ instance }) => /zones\/([^/]+)/.exec(instance)?.[1])).size, 3);
    assert.equal((await compute.get(pool))?.status?.isStable, true);
    await fails("in-use", compute.delete(ref("instanceTemplates", "global", "pool-1"), requestId()));
    await done(compute.call("instanceGroupManagers.resize", pool, { size: 4 }, requestId()));
    await harness.pass(GROUP_LIFE_MS);
    const victim = members[0]?.instance ?? "";
    await done(
      compute.call("instanceGroupManagers.deleteInstances", pool, { instances: [victim] }, requestId()),
    );
    await harness.pass(GROUP_LIFE_MS);
    assert.equal((await compute.get(pool))?.targetSize, 3);
    const left = (await compute.managedInstances(pool)).map(({ instance }) => instance);
    assert.equal(left.length, 3);
    assert.ok(!left.includes(victim));
    await done(compute.delete(pool, requestId()));
    assert.deepEqual(
      await compute.list({ kind: "instances", project: harness.project, scope: "everywhere" }),
      [],
    );
    await done(compute.delete(ref("instanceTemplates", "global", "pool-1"), requestId()));
  });
}
