/**
 * What people do to a cluster's resources with gcloud is found within one sweep and put back, or reported with a way out;
 * what is not the cluster's own is never touched.
 */
import assert from "node:assert/strict";
import { LOOK_AGAIN_MS } from "../../shared/engine/census.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import { PROJECT, type Running, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";
import { HIDDEN, type Person, PUT_BACK, path, personAt } from "./drift-table.ts";

const ID = "drift";
const SWEEP_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
const SPEC = {
  name: ID,
  engine: "gce",
  project: PROJECT,
  region: "europe-west4",
  zones: ["europe-west4-a"],
  network: { api: { allowedFrom: ["203.0.113.0/24"] } },
  controlPlane: { replicas: 3 },
  nodePools: [{ name: "general", size: 2, zones: ["europe-west4-a"], labels: { tier: "web" } }],
  deletionProtection: false,
};

/** What a person sees of the cluster's resources: without what the server counts, numbers and dates by itself. */
function picture(cluster: Running): unknown {
  return cluster.plane.cloud.compute
    .inventory(PROJECT)
    .filter(({ collection }) => collection !== "snapshots")
    .map(({ path: at, body }) => [anonymous(at), anonymous(JSON.stringify(body, withoutServers))])
    .sort();
}
/** A managed group gives its machines new names. */
const anonymous = (text: string): string => text.replaceAll(/(-n-general)-[a-z0-9]{4}\b/g, "$1-xxxx");
const SERVERS = /^(id|.*[fF]ingerprint|.*Timestamp|natIP|networkIP|sourceDiskId)$/;
function withoutServers(key: string, value: unknown): unknown {
  return SERVERS.test(key) ? undefined : value;
}

describe("drift", function () {
  this.timeout(60_000);
  let cluster: Running;
  let person: Person;
  let declared: unknown;

  before(async () => {
    cluster = runningCluster(simulatedPlane(), ID, SPEC);
    person = personAt(cluster);
    await cluster.write(SPEC);
    await sweep(cluster.plane.engine);
    await cluster.assertSettled();
    declared = picture(cluster);
  });

  it("is not seen where there is none: a census that changes nothing costs no pass", async () => {
    await sweep(cluster.plane.engine);
    const { lease } = await cluster.status();
    const report = await sweep(cluster.plane.engine);
    assert.deepEqual(report, {
      overdue: [],
      unnoticed: [],
      ailing: [],
      census: { changed: [], orphans: [], unseen: [] },
    });
    assert.equal((await cluster.status()).lease?.epoch, lease?.epoch);
  });

  for (const { what, hand } of PUT_BACK) {
    it(`${what}: is put back within one sweep`, async () => {
      await hand(person, cluster);
      const { plane } = cluster;
      await plane.clock.advance(SWEEP_EVERY_MS);
      await sweep(plane.engine);
      await plane.until(ID, (now) => now?.phase === "Ready" && now.unsettledSinceMs === null);
      await cluster.assertSettled();
      // A managed group says a few seconds later than its machines that it is stable.
      await plane.clock.advance(SWEEP_EVERY_MS);
      assert.deepEqual(picture(cluster), declared);
      await sweep(plane.engine);
    });
  }

  for (const { what, hand, mended } of HIDDEN) {
    it(`${what}: is put back within an hour of sweeps`, async () => {
      await hand(person, cluster);
      const { plane } = cluster;
      await plane.clock.advance(LOOK_AGAIN_MS);
      const { census } = await sweep(plane.engine);
      assert.deepEqual(census.changed, [ID]);
      await plane.until(ID, (now) => now?.phase === "Ready" && now.unsettledSinceMs === null);
      await cluster.untilInside(() => mended(cluster));
      await cluster.assertSettled();
    });
  }

  it("of a disk that was grown by hand, or a subnetwork, is kept: neither can shrink", async () => {
    await person.call("disks.resize", path(cluster, "disks", "etcd-0"), { sizeGb: "70" });
    await sweep(cluster.plane.engine);
    await cluster.assertSettled();
    assert.equal(cluster.named("disks", "etcd-0")["sizeGb"], "70");
  });

  it("that takes the marker away is a conflict, reported with the way out, and mended by a person", async () => {
    const at = path(cluster, "firewalls", "kubelet");
    const { description } = cluster.named("firewalls", "kubelet");
    await person.patch(at, { description: "mine" });
    const { plane } = cluster;
    await sweep(plane.engine);
    const { phase, conditions } = await cluster.status();
    assert.equal(phase, "Blocked");
    const said = conditions.find(({ type }) => type === "NetworkReady");
    assert.equal(said?.reason, "NameTaken");
    assert.match(
      said.message,
      /firewalls\/drift-[a-z0-9]{6}-kubelet exists but bears no marker .* Delete or rename it/,
    );
    assert.equal(cluster.named("firewalls", "kubelet")["description"], "mine", "it is left alone");
    await person.patch(at, { description });
    await sweep(plane.engine);
    await plane.until(ID, (now) => now?.phase === "Ready");
    await cluster.assertSettled();
  });

  it("of the certificate authorities is reported: a new authority would be a stranger to every certificate", async () => {
    const { plane } = cluster;
    const { uid } = await cluster.status();
    const secret = plane.cloud.secrets.find(PROJECT, `${ID}-${uid}-pki`);
    assert.ok(secret !== undefined);
    plane.cloud.secrets.remove(PROJECT, secret.id);
    await plane.clock.advance(LOOK_AGAIN_MS);
    await sweep(plane.engine);
    const { phase, conditions } = await cluster.status();
    assert.equal(phase, "Blocked");
    assert.match(
      conditions.find(({ type }) => type === "UpToDate")?.message ?? "",
      /-pki, the cluster's certificate authorities, is gone.* Write the secret again/,
    );
    assert.equal(plane.cloud.secrets.find(PROJECT, secret.id), undefined);
    plane.cloud.secrets.put(secret);
    await plane.clock.advance(LOOK_AGAIN_MS);
    await sweep(plane.engine);
    await cluster.assertSettled();
  });

  it("does not reach what is not ours: neighbours in the network and orphans are left as they are, orphans are reported", async () => {
    const { plane } = cluster;
    const network = cluster.named("networks", "network")["selfLink"];
    const mark = "clusterwright cluster=gone uid=zzzzzz; of a cluster that nobody knows";
    await person.insert(`projects/${PROJECT}/global/firewalls/neighbour`, {
      name: "neighbour",
      network,
      sourceRanges: ["192.0.2.0/24"],
      allowed: [{ IPProtocol: "icmp" }],
    });
    await person.insert(`projects/${PROJECT}/regions/europe-west4/addresses/gone-zzzzzz-api-external`, {
      name: "gone-zzzzzz-api-external",
      description: mark,
    });
    for (let sweeps = 0; sweeps < 2; sweeps += 1) {
      const { census } = await sweep(plane.engine);
      assert.deepEqual(
        census.orphans.map(({ cluster: id, uid, resources }) => [id, uid, resources.length]),
        [["gone", "zzzzzz", 1]],
      );
    }
    assert.ok(plane.complaints.some((line) => line.startsWith("orphaned resources")));
    await cluster.assertSettled();
    assert.equal(cluster.resource("addresses", "gone-zzzzzz-api-external")["description"], mark);
    assert.deepEqual(cluster.resource("firewalls", "neighbour")["sourceRanges"], ["192.0.2.0/24"]);
    await person.delete(`projects/${PROJECT}/global/firewalls/neighbour`);
  });

  it("or age leaves nothing behind: a day later snapshots are deleted with the cluster (L5)", async () => {
    const { plane } = cluster;
    await plane.clock.advance(DAY_MS);
    assert.ok(cluster.paths("snapshots").length > 0, "the schedule has taken snapshots");
    await cluster.deleteToNothing();
    assert.deepEqual(
      plane.cloud.compute.inventory(PROJECT).map(({ body }) => body["name"]),
      ["gone-zzzzzz-api-external"],
    );
    assert.deepEqual(plane.cloud.secrets.inProject(PROJECT), []);
  });
});
