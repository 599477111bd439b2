/** What every Compute must do, run against each implementation of the port over a cloud that is empty at first. */
import assert from "node:assert/strict";
import { type CloudErrorCode, isCloudError } from "../../shared/ports/cloud-error.ts";
import {
  type Compute,
  type ComputeKind,
  type ComputeRef,
  computePath,
  type Scope,
} from "../../shared/ports/compute.ts";
import type { ComputeResources, Operation } from "../../shared/ports/compute-types.ts";

export interface ComputeHarness {
  readonly compute: Compute;
  /** A project that exists and has room. */
  readonly project: string;
  readonly region: string;
  /** A zone of the region. */
  readonly zone: string;
  /** Lets time pass until the operation is DONE, and answers it as it then is. */
  finished(operation: Operation): Promise<Operation>;
  /** Lets this much time pass in the cloud. */
  pass(ms: number): Promise<void>;
  /** The next mutation happens, but its answer is lost. */
  loseNextResponse(): void;
  /** Puts a line on a machine's serial console. */
  write(instance: ComputeRef<"instances">, line: string): void;
  close(): Promise<void>;
}

const GROUP_LIFE_MS = 120_000;

export function describeCompute(name: string, open: () => Promise<ComputeHarness>): void {
  describe(name, () => {
    let harness: ComputeHarness;
    let compute: Compute;
    let serial = 0;
    beforeEach(async () => {
      harness = await open();
      compute = harness.compute;
    });
    afterEach(() => harness.close());

    const requestId = (): string => {
      serial++;
      return `6f1e5f5c-0000-4000-8000-${String(serial).padStart(12, "0")}`;
    };
    const regional = (): Scope => `regions/${harness.region}`;
    const zonal = (): Scope => `zones/${harness.zone}`;
    function ref<K extends ComputeKind>(kind: K, scope: Scope, name: string): ComputeRef<K> {
      return { kind, project: harness.project, scope, name };
    }
    async function make<K extends ComputeKind>(
      target: ComputeRef<K>,
      body: Omit<ComputeResources[K], "name">,
    ) {
      const whole = { ...body, name: target.name } as ComputeResources[K];
      const done = await harness.finished(await compute.insert(target, whole, requestId()));
      assert.equal(done.error, undefined, JSON.stringify(done.error));
      const found = await compute.get(target);
      assert.ok(found !== undefined, `${computePath(target)} is not there`);
      return found;
    }
    async function done(operation: Promise<Operation>): Promise<Operation> {
      const finished = await harness.finished(await operation);
      assert.equal(finished.error, undefined, JSON.stringify(finished.error));
      return finished;
    }
    const fails = (code: CloudErrorCode, call: Promise<unknown>): Promise<void> =>
      assert.rejects(call, (error) => {
        assert.ok(isCloudError(error), String(error));
        assert.equal(error.code, code, error.message);
        return true;
      });
    const network = () => ref("networks", "global", "net");
    const nodes = () => ref("subnetworks", regional(), "nodes");
    async function makeNetwork(): Promise<void> {
      await make(network(), { autoCreateSubnetworks: false });
      await make(nodes(), {
        network: "global/networks/net",
        ipCidrRange: "10.10.0.0/20",
        secondaryIpRanges: [{ rangeName: "pods", ipCidrRange: "10.64.0.0/14" }],
      });
    }
    const machine = (
      more: Partial<ComputeResources["instances"]> = {},
    ): Omit<ComputeResources["instances"], "name"> => ({
      machineType: `zones/${harness.zone}/machineTypes/e2-standard-2`,
      disks: [
        {
          boot: true,
          autoDelete: true,
          initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/debian-12" },
        },
      ],
      networkInterfaces: [{ subnetwork: `regions/${harness.region}/subnetworks/nodes` }],
      ...more,
    });

    it("creates a resource with the server's own fields, and removes it", async () => {
      const made = await make(network(), { autoCreateSubnetworks: false, description: "marker" });
      assert.match(made.id ?? "", /^\d+$/);
      assert.match(made.creationTimestamp ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$/);
      assert.match(made.selfLink ?? "", /\/projects\/[^/]+\/global\/networks\/net$/);
      assert.equal(made.description, "marker");
      assert.equal(made.autoCreateSubnetworks, false);
      assert.equal(made.mtu, 1460);
      await done(compute.delete(network(), requestId()));
      assert.equal(await compute.get(network()), undefined);
    });

    it("answers an operation that is not done yet, and reads it again by its path", async () => {
      const begun = await compute.insert(
        network(),
        { name: "net", autoCreateSubnetworks: false },
        requestId(),
      );
      assert.notEqual(begun.status, "DONE");
      assert.match(begun.targetLink ?? "", /\/global\/networks\/net$/);
      const path = (begun.selfLink ?? "").replace(/^.*\/(?=projects\/)/, "");
      await harness.finished(begun);
      const gone = `projects/${harness.project}/global/operations/operation-none`;
      const [read, ...others] = await compute.operations(harness.project, [path, gone]);
      assert.equal(read?.status, "DONE");
      assert.equal(read?.name, begun.name);
      assert.deepEqual(others, []);
    });

    it("answers the same operation for the same request id, and makes nothing twice", async () => {
      const id = requestId();
      const body = { name: "net", autoCreateSubnetworks: false };
      const first = await compute.insert(network(), body, id);
      const again = await compute.insert(network(), body, id);
      assert.equal(again.name, first.name);
      await harness.finished(first);
      assert.equal((await compute.insert(network(), body, id)).name, first.name);
      assert.equal(
        (await compute.list({ kind: "networks", project: harness.project, scope: "global" })).length,
        1,
      );
    });

    it("refuses a request id that was used for something else, and the zero id", async () => {
      const id = requestId();
      await compute.insert(network(), { name: "net", autoCreateSubnetworks: false }, id);
      const other = ref("networks", "global", "other");
      await fails("invalid", compute.insert(other, { name: "other", autoCreateSubnetworks: false }, id));
      const zero = "00000000-0000-0000-0000-000000000000";
      await fails("invalid", compute.insert(other, { name: "other", autoCreateSubnetworks: false }, zero));
    });

    it("does not know the outcome when the answer is lost, and learns it from the same request id", async () => {
      const id = requestId();
      harness.loseNextResponse();
      await fails(
        "unknown-outcome",
        compute.insert(network(), { name: "net", autoCreateSubnetworks: false }, id),
      );
      const found = await compute.insert(network(), { name: "net", autoCreateSubnetworks: false }, id);
      assert.equal((await harness.finished(found)).error, undefined);
      assert.ok((await compute.get(network())) !== undefined);
    });

    it("has one code for each refusal", async () => {
      await makeNetwork();
      await fails(
        "already-exists",
        compute.insert(network(), { name: "net", autoCreateSubnetworks: false }, requestId()),
      );
      await fails("not-found", compute.delete(ref("networks", "global", "none"), requestId()));
      await fails("in-use", compute.delete(network(), requestId()));
      const bad = ref("networks", "global", "Bad_Name");
      await fails(
        "invalid",
        compute.insert(bad, { name: "Bad_Name", autoCreateSubnetworks: false }, requestId()),
      );
      await fails(
        "stale",
        compute.patch(nodes(), { fingerprint: "AAAAAAAAAAA=", privateIpGoogleAccess: true }, requestId()),
      );
      await fails("not-found", compute.imageFromFamily("debian-cloud", "debian-1"));
      const young = ref("networks", "global", "young");
      await compute.insert(young, { name: "young", autoCreateSubnetworks: false }, requestId());
      const early = { name: "early", network: "global/networks/young", ipCidrRange: "10.1.0.0/24" };
      await fails("not-ready", compute.insert(ref("subnetworks", regional(), "early"), early, requestId()));
    });

    it("patches with a fresh fingerprint, and the fingerprint changes", async () => {
      await makeNetwork();
      const before = await compute.get(nodes());
      const ranges = [
        ...(before?.secondaryIpRanges ?? []),
        { rangeName: "services", ipCidrRange: "10.96.0.0/20" },
      ];
      const fingerprint = before?.fingerprint ?? "";
      await done(compute.patch(nodes(), { fingerprint, secondaryIpRanges: ranges }, requestId()));
      const after = await compute.get(nodes());
      assert.deepEqual(
        after?.secondaryIpRanges?.map((range) => range.rangeName),
        ["pods", "services"],
      );
      assert.notEqual(after?.fingerprint, before?.fingerprint);
    });

    it("lists one scope or everywhere, by label or by name, in order", async () => {
      await makeNetwork();
      for (const [at, app] of ["web", "db", "web"].entries()) {
        await make(ref("disks", zonal(), `shop-disk-${at}`), { sizeGb: "10", labels: { app } });
      }
      await make(ref("disks", zonal(), "other-disk"), { sizeGb: "10" });
      const list = async (scope: Scope | "everywhere", filter?: string) => {
        const found = await compute.list({
          kind: "disks",
          project: harness.project,
          scope,
          ...(filter === undefined ? {} : { filter }),
        });
        return found.map((disk) => disk.name);
      };
      assert.deepEqual(await list(zonal()), ["other-disk", "shop-disk-0", "shop-disk-1", "shop-disk-2"]);
      assert.deepEqual(await list(zonal(), "labels.app=web"), ["shop-disk-0", "shop-disk-2"]);
      assert.deepEqual(await list("everywhere", "labels.app=db"), ["shop-disk-1"]);
      assert.deepEqual(await list("everywhere", 'name eq "shop-disk-[12]"'), ["shop-disk-1", "shop-disk-2"]);
      assert.deepEqual(await list(zonal(), "name ne shop-.*"), ["other-disk"]);
      assert.deepEqual(await list(zonal(), "NOT labels.app:* AND sizeGb = 10"), ["other-disk"]);
    });

    it("finds global and regional forms of a kind everywhere", async () => {
      const check = { type: "TCP", tcpHealthCheck: { port: 6443 } } as const;
      await make(ref("healthChecks", "global", "check-global"), check);
      await make(ref("healthChecks", regional(), "check-regional"), check);
      const found = await compute.list({
        kind: "healthChecks",
        project: harness.project,
        scope: "everywhere",
      });
      assert.deepEqual(found.map(({ name }) => name).sort(), ["check-global", "check-regional"]);
    });

    it("lists a kind that is global alone everywhere, too", async () => {
      await make(network(), { autoCreateSubnetworks: false });
      const found = await compute.list({ kind: "networks", project: harness.project, scope: "everywhere" });
      assert.deepEqual(
        found.map(({ name }) => name),
        ["net"],
      );
    });

    it("follows pages to the end", async () => {
      const count = 501;
      const disks = Array.from({ length: count }, (_, at) =>
        ref("disks", zonal(), `disk-${String(at).padStart(4, "0")}`),
      );
      await Promise.all(
        disks.map((disk) => compute.insert(disk, { name: disk.name, sizeGb: "10" }, requestId())),
      );
      const found = await compute.list({ kind: "disks", project: harness.project, scope: zonal() });
      assert.deepEqual(
        found.map(({ name }) => name),
        disks.map(({ name }) => name),
      );
    });

    it("resolves an image family to its newest image", async () => {
      const image = await compute.imageFromFamily("debian-cloud", "debian-12");
      assert.equal(image.family, "debian-12");
      assert.match(image.selfLink ?? "", /projects\/debian-cloud\/global\/images\/debian-12-/);
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
  });
}
