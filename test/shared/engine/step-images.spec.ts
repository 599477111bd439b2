/** Newer images are taken by a cluster at rest that may be disturbed, and by no other. */
import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import { autoWakesMs } from "../../../shared/engine/auto-wake.ts";
import { awaitedImages, stepImages } from "../../../shared/engine/step-images.ts";
import { familiesOf } from "../../../shared/resources/gce/newer-images.ts";
import type { Cluster } from "../../../shared/resources/resource.ts";
import type { ClusterSpec } from "../../../shared/spec/cluster.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { quickstartSpec, TEST_NOW_MS } from "../../support/specs.ts";

const NOW_MS = TEST_NOW_MS;
const OS = "ubuntu-24.04";
const CLOSED = [{ start: "2026-11-07T02:00", timezone: "UTC", duration: "4h" }];

function specWith(
  maintenance: Partial<ClusterSpec["maintenance"]> = {},
  upgrade: Partial<ClusterSpec["nodePools"][number]["upgrade"]> = {},
): ClusterSpec {
  const spec = quickstartSpec();
  const nodePools = spec.nodePools
    .slice(0, 1)
    .map((pool) => ({ ...pool, os: OS, upgrade: { ...pool.upgrade, ...upgrade } }) as const);
  const controlPlane = { ...spec.controlPlane, os: "debian-12" } as const;
  return { ...spec, controlPlane, nodePools, maintenance: { ...spec.maintenance, ...maintenance } };
}
function statusOf(accepted: ClusterSpec, changes: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    ...newStatus(createSeededChance(1)),
    accepted,
    pins: {
      kubernetesVersion: "1.36.4",
      images: { [OS]: "images/u-1", "debian-12": "images/d-1" },
      initialised: true,
    },
    images: { askedMs: NOW_MS, newer: { [OS]: "images/u-2" } },
    ...changes,
  };
}
function step(spec: ClusterSpec, changes: Partial<ClusterStatus> = {}) {
  const status = statusOf(spec, changes);
  const cluster: Cluster = {
    id: "quickstart",
    uid: "ab12cd",
    spec,
    pins: status.pins,
    facts: { kubernetes: { version: "1.36.4", apiServers: [], nodes: [] } },
    deleting: false,
    joinUrl: "https://join.example.com",
  };
  const { status: after, lines } = stepImages({ status, lines: [] }, cluster, NOW_MS);
  return { images: after.pins.images, told: lines.map(({ key }) => key) };
}

describe("newer images", () => {
  it("are taken by a cluster at rest, each by its operating system, and that is told", () => {
    assert.deepEqual(step(specWith()), {
      images: { [OS]: "images/u-2", "debian-12": "images/d-1" },
      told: [`images/${OS}`],
    });
  });

  it("wait for the window, an end of what is under way, and an upgrade of Kubernetes", () => {
    const before = { images: { [OS]: "images/u-1", "debian-12": "images/d-1" }, told: [] };
    assert.deepEqual(step(specWith({ windows: CLOSED })), before);
    assert.deepEqual(step(specWith(), { unsettledSinceMs: NOW_MS }), before);
    const { pins } = statusOf(specWith());
    const upgrading = { ...pins, upgrade: { from: "1.35.8", nodes: "1.35.8" } };
    assert.deepEqual(step(specWith(), { pins: upgrading }), before);
    const off = specWith({ autoUpgrade: { patch: true, minor: false, os: false } });
    assert.deepEqual(step(off), before);
  });

  it("are nothing for a pool that keeps its boot disks, for images of one's own, and once they are in use", () => {
    assert.deepEqual(familiesOf(specWith()), ["debian-12", OS]);
    assert.deepEqual(familiesOf(specWith({}, { strategy: "in-place" })), ["debian-12"]);
    const own = specWith();
    const nodePools = own.nodePools.map((pool) => ({ ...pool, image: "golden" }));
    assert.deepEqual(familiesOf({ ...own, nodePools }), ["debian-12"]);
    const used = statusOf(specWith(), { images: { askedMs: NOW_MS, newer: { [OS]: "images/u-1" } } });
    assert.deepEqual(awaitedImages(used), {});
  });

  it("wake the cluster when its window opens or its exclusion ends, as a new patch does", () => {
    const opens = [Date.parse("2026-11-07T02:00Z")];
    assert.deepEqual(autoWakesMs(statusOf(specWith({ windows: CLOSED })), NOW_MS), opens);
    assert.deepEqual(autoWakesMs(statusOf(specWith()), NOW_MS), []);
    const exclusions = [{ name: "sale", from: "2026-10-30", to: "2026-11-03", scope: "all" }] as const;
    const ends = [Date.parse("2026-11-03T00:00Z")];
    assert.deepEqual(autoWakesMs(statusOf(specWith({ exclusions: [...exclusions] })), NOW_MS), ends);
    const nothing = { images: { askedMs: NOW_MS, newer: {} } };
    assert.deepEqual(autoWakesMs(statusOf(specWith({ windows: CLOSED }), nothing), NOW_MS), []);
    const old = { ...statusOf(specWith({ windows: CLOSED }), nothing) };
    const patch = { ...old, pins: { ...old.pins, kubernetesVersion: "1.36.1" } };
    assert.deepEqual(autoWakesMs(patch, NOW_MS), opens);
  });
});
