/** The Compute port through Google's client, the wire and the simulated world: a machine's whole life. */
import assert from "node:assert/strict";
import { createGoogleCompute, type GoogleCompute } from "../../../../shared/adapters/google/compute.ts";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import { type ComputeRef, computePath, parseComputePath } from "../../../../shared/ports/compute.ts";
import type { Operation } from "../../../../shared/ports/compute-types.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../../../../simulator/clock.ts";
import { type ComputeWorld, createComputeWorld } from "../../../../simulator/compute/create-world.ts";
import { type Rig, START_MS, startRig } from "../../../simulator/wire/rig.ts";

const PROJECT = "demo";
const ZONE = "zones/europe-west4-a";
const REGION = "regions/europe-west4";
/** Far above what anything in these tests takes in the world's time. */
const SETTLE_MS = 30 * 60_000;

describe("Compute through Google's client over the simulated world", () => {
  let clock: VirtualClock;
  let world: ComputeWorld;
  let rig: Rig;
  let compute: GoogleCompute;
  let serial = 0;
  before(async () => {
    clock = createVirtualClock(START_MS);
    world = createComputeWorld({ clock, chance: createSeededChance(7), projects: [PROJECT] });
    rig = await startRig({ compute: world.service });
    compute = createGoogleCompute({ clock, endpoint: rig.wire.url });
  });
  after(async () => {
    await compute.close();
    await rig.wire.close();
  });

  const requestId = (): string => `6f1e5f5c-0000-4000-8000-${String(++serial).padStart(12, "0")}`;
  const pathOf = (operation: Operation): string =>
    new URL(String(operation.selfLink)).pathname.replace("/compute/v1/", "");
  const done = async (started: Promise<Operation>): Promise<Operation> => {
    const path = pathOf(await started);
    await clock.advance(SETTLE_MS);
    const [operation] = await compute.operations(PROJECT, [path]);
    assert.equal(operation?.status, "DONE", path);
    assert.equal(operation?.error, undefined, JSON.stringify(operation?.error));
    return operation;
  };
  const network: ComputeRef<"networks"> = {
    kind: "networks",
    project: PROJECT,
    scope: "global",
    name: "net",
  };
  const subnetwork: ComputeRef<"subnetworks"> = {
    kind: "subnetworks",
    project: PROJECT,
    scope: REGION,
    name: "nodes",
  };
  const instance: ComputeRef<"instances"> = { kind: "instances", project: PROJECT, scope: ZONE, name: "one" };

  it("makes a network, a subnetwork and an address, and reads what the server filled in", async () => {
    await done(compute.insert(network, { name: "net", autoCreateSubnetworks: false }, requestId()));
    const body = {
      name: "nodes",
      network: computePath(network),
      ipCidrRange: "10.10.0.0/20",
      secondaryIpRanges: [{ rangeName: "pods", ipCidrRange: "10.64.0.0/16" }],
    };
    await done(compute.insert(subnetwork, body, requestId()));
    const made = await compute.get(subnetwork);
    assert.equal(made?.gatewayAddress, "10.10.0.1");
    assert.deepEqual(made?.secondaryIpRanges, body.secondaryIpRanges);
    assert.match(String(made?.id), /^\d{15,20}$/);
    assert.equal(parseComputePath(String(made?.selfLink)).name, "nodes");
  });
  it("answers a repeated request id with the same operation", async () => {
    const id = requestId();
    const address: ComputeRef<"addresses"> = {
      kind: "addresses",
      project: PROJECT,
      scope: REGION,
      name: "api",
    };
    const first = await compute.insert(address, { name: "api" }, id);
    const again = await compute.insert(address, { name: "api" }, id);
    assert.equal(again.name, first.name);
    await clock.advance(SETTLE_MS);
    const taken = compute.insert(address, { name: "api" }, requestId());
    await assert.rejects(taken, (error) => isCloudError(error, "already-exists"));
  });
  it("boots a machine, labels it, reads its console, and finds it in lists of everywhere", async () => {
    const image = await compute.imageFromFamily("debian-cloud", "debian-12");
    const body = {
      name: "one",
      machineType: `${ZONE}/machineTypes/e2-medium`,
      disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: String(image.selfLink) } }],
      networkInterfaces: [{ subnetwork: computePath(subnetwork) }],
      labels: { cluster: "ab12cd" },
    };
    await done(compute.insert(instance, body, requestId()));
    const machine = await compute.get(instance);
    assert.equal(machine?.status, "RUNNING");
    assert.match(String(machine?.networkInterfaces?.[0]?.networkIP), /^10\.10\.0\.\d+$/);
    const labels = { cluster: "ab12cd", role: "node" };
    const labelFingerprint = String(machine?.labelFingerprint);
    await done(compute.call("instances.setLabels", instance, { labels, labelFingerprint }, requestId()));
    const stale = compute.call(
      "instances.setLabels",
      instance,
      { labels: {}, labelFingerprint },
      requestId(),
    );
    await assert.rejects(stale, (error) => isCloudError(error, "stale"));
    const filter = "labels.cluster=ab12cd AND labels.role=node";
    const found = await compute.list({ kind: "instances", project: PROJECT, scope: "everywhere", filter });
    assert.deepEqual(
      found.map(({ name }) => name),
      ["one"],
    );
    world.machine(computePath(instance))?.console.write("kernel: up");
    const { contents, next } = await compute.serialOutput(instance);
    assert.match(contents, /kernel: up/);
    assert.equal((await compute.serialOutput(instance, next)).contents, "");
  });
  it("reads several operations of several scopes with one call", async () => {
    const started = [
      await compute.insert(
        { ...network, name: "other" },
        { name: "other", autoCreateSubnetworks: false },
        requestId(),
      ),
      await compute.call("instances.stop", instance, {}, requestId()),
    ].map(pathOf);
    await clock.advance(SETTLE_MS);
    const before = compute.meter.counts().reduce((sum, { calls }) => sum + calls, 0);
    const operations = await compute.operations(PROJECT, started);
    const after = compute.meter.counts().reduce((sum, { calls }) => sum + calls, 0);
    assert.deepEqual(
      operations.map(({ status }) => status),
      ["DONE", "DONE"],
    );
    assert.equal(after - before, 1);
    assert.equal((await compute.get(instance))?.status, "TERMINATED");
  });
  it("leaves out operations that are not known", async () => {
    assert.deepEqual(await compute.operations(PROJECT, [`projects/${PROJECT}/${ZONE}/operations/gone`]), []);
  });
  it("says that a network is in use, and deletes all in the reverse order", async () => {
    await assert.rejects(compute.delete(network, requestId()), (error) => isCloudError(error, "in-use"));
    await done(compute.delete(instance, requestId()));
    await done(compute.delete(subnetwork, requestId()));
    await done(compute.delete(network, requestId()));
    assert.equal(await compute.get(network), undefined);
    const disks = await compute.list({ kind: "disks", project: PROJECT, scope: "everywhere" });
    assert.deepEqual(disks, []);
  });
});
