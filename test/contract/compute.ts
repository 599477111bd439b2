/** What every Compute must do, run against each implementation of the port over a cloud that is empty at first. */
import assert from "node:assert/strict";
import type { Compute, Scope } from "../../shared/ports/compute.ts";
import { describeMachines } from "./compute-machines.ts";
import { type ComputeHarness, computeSteps } from "./compute-steps.ts";

/** Far above what some hundred calls over the wire take on a loaded machine: a second of its CPU. */
const MANY_CALLS_MS_MAX = 60_000;

export function describeCompute(name: string, open: () => Promise<ComputeHarness>): void {
  describe(name, () => {
    let harness: ComputeHarness;
    let compute: Compute;
    beforeEach(async () => {
      harness = await open();
      compute = harness.compute;
    });
    afterEach(() => harness.close());
    const steps = computeSteps(() => harness);
    const { requestId, regional, zonal, ref, make, done, fails, network, nodes, makeNetwork } = steps;

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

    it("follows pages to the end", async function () {
      this.timeout(MANY_CALLS_MS_MAX);
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

    describeMachines(() => harness, steps);
  });
}
