/**
 * What people do to a cluster's resources with gcloud is found within one sweep and put back, or reported with a way out;
 * what is not the cluster's own is never touched.
 */
import assert from "node:assert/strict";
import { LOOK_AGAIN_MS } from "../../shared/engine/census.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import {
  type Compute,
  type ComputeRef,
  type ComputeVerb,
  parseComputePath,
} from "../../shared/ports/compute.ts";
import { computePort } from "../../simulator/compute/port.ts";
import type { Body } from "../support/cluster-sight.ts";
import { PROJECT, type Running, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";

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

/** Somebody with gcloud and the right to do everything. */
interface Person {
  insert(path: string, body: Body): Promise<void>;
  patch(path: string, body: Body): Promise<void>;
  delete(path: string): Promise<void>;
  call(verb: ComputeVerb, path: string, body: Body): Promise<void>;
}

function personAt(cluster: Running): Person {
  const compute: Compute = computePort(cluster.plane.cloud.compute.service);
  let serial = 0;
  const id = () => `00000000-0000-4000-9000-${String(++serial).padStart(12, "0")}`;
  const done = async (
    operation: Promise<{ readonly selfLink?: string; readonly name: string }>,
  ): Promise<void> => {
    const { selfLink } = await operation;
    const path = /projects\/.+$/.exec(selfLink ?? "")?.[0] ?? "";
    for (let seconds = 0; seconds < 300; seconds += 1) {
      const [found] = await compute.operations(PROJECT, [path]);
      if (found?.status === "DONE") {
        assert.equal(found.error, undefined, JSON.stringify(found.error));
        return;
      }
      await cluster.plane.clock.advance(1_000);
    }
    assert.fail("the operation of a person does not end");
  };
  return {
    insert: (path, body) => done(compute.insert(parseComputePath(path), body as never, id())),
    patch: (path, body) => done(compute.patch(parseComputePath(path), body as never, id())),
    delete: (path) => done(compute.delete(parseComputePath(path), id())),
    call: (verb, path, body) => done(compute.call(verb, parseComputePath(path) as ComputeRef, body, id())),
  };
}

interface Drift {
  readonly what: string;
  hand(person: Person, cluster: Running): Promise<void>;
}

const path = (cluster: Running, collection: string, role: string): string =>
  String(cluster.named(collection, role)["selfLink"]).replace(/^.*\/(projects\/)/, "$1");
const edited = (
  collection: string,
  role: string,
  what: string,
  body: Body | ((found: Body) => Body),
): Drift => ({
  what: `${collection} ${role}: ${what}`,
  hand: (person, cluster) => {
    const found = cluster.named(collection, role);
    const { fingerprint } = found;
    const change = typeof body === "function" ? body(found) : body;
    return person.patch(path(cluster, collection, role), {
      ...change,
      ...(fingerprint === undefined ? {} : { fingerprint }),
    });
  },
});
const called = (
  verb: ComputeVerb,
  role: string,
  what: string,
  body: (found: Body, cluster: Running) => Body,
): Drift => {
  const [collection = ""] = verb.split(".");
  return {
    what: `${collection} ${role}: ${what}`,
    hand: (person, cluster) =>
      person.call(verb, path(cluster, collection, role), body(cluster.named(collection, role), cluster)),
  };
};
const deleted = (collection: string, role: string): Drift => ({
  what: `${collection} ${role}: deleted`,
  hand: (person, cluster) => person.delete(path(cluster, collection, role)),
});
const unlabelled = (
  collection: "addresses" | "disks" | "forwardingRules" | "instances",
  role: string,
): Drift =>
  called(`${collection}.setLabels`, role, "labels taken away", ({ labelFingerprint }) => ({
    labels: {},
    labelFingerprint,
  }));
const machine = (cluster: Running, role: string): string =>
  String(cluster.named("instances", role)["selfLink"]);

const PUT_BACK: readonly Drift[] = [
  edited("networks", "network", "routes globally", { routingConfig: { routingMode: "GLOBAL" } }),
  called("subnetworks.setPrivateIpGoogleAccess", "nodes", "machines cut off from Google's APIs", () => ({
    privateIpGoogleAccess: false,
  })),
  edited("routers", "router", "without NAT", { nats: [] }),
  deleted("routers", "router"),
  edited("firewalls", "api-admins", "opened to everybody", { sourceRanges: ["0.0.0.0/0"] }),
  edited("firewalls", "etcd", "disabled", { disabled: true }),
  edited("firewalls", "ssh", "another port", { allowed: [{ IPProtocol: "tcp", ports: ["22", "3389"] }] }),
  deleted("firewalls", "pods"),
  edited("resourcePolicies", "etcd-backup", "snapshots kept for a day", ({ snapshotSchedulePolicy }) => ({
    snapshotSchedulePolicy: {
      ...snapshotSchedulePolicy,
      retentionPolicy: { ...snapshotSchedulePolicy.retentionPolicy, maxRetentionDays: 1 },
    },
  })),
  called(
    "disks.removeResourcePolicies",
    "etcd-1",
    "without its snapshot schedule",
    ({ resourcePolicies }) => ({
      resourcePolicies,
    }),
  ),
  edited("healthChecks", "api", "probes another path", { httpsHealthCheck: { requestPath: "/livez" } }),
  unlabelled("addresses", "api-external"),
  unlabelled("disks", "etcd-0"),
  unlabelled("forwardingRules", "api-internal"),
  unlabelled("instances", "cp-1"),
  deleted("forwardingRules", "api-external"),
  deleted("forwardingRules", "api-internal"),
  edited("forwardingRules", "api-internal", "reached from other regions", { allowGlobalAccess: false }),
  edited("backendServices", "api-internal", "without back ends", { backends: [] }),
  edited("backendServices", "api-external", "with session affinity", { sessionAffinity: "CLIENT_IP" }),
  called("instanceGroups.setNamedPorts", "cp", "another port", ({ fingerprint }) => ({
    namedPorts: [{ name: "apiserver", port: 443 }],
    fingerprint,
  })),
  called("instanceGroups.removeInstances", "cp", "without a machine", (_found, cluster) => ({
    instances: [{ instance: machine(cluster, "cp-2") }],
  })),
  called("instances.setTags", "cp-0", "without its tags", ({ tags }) => ({
    items: ["stranger"],
    fingerprint: tags.fingerprint,
  })),
  called("instances.setScheduling", "cp-0", "not restarted any more", ({ scheduling }) => ({
    ...scheduling,
    automaticRestart: false,
  })),
  called("instances.setDeletionProtection", "cp-0", "protected", () => ({ deletionProtection: true })),
  called("instances.stop", "cp-0", "stopped", () => ({})),
  called("instanceGroupManagers.resize", "n-general", "a machine more", () => ({ size: 3 })),
  called("instanceGroupManagers.resize", "n-general", "no machine at all", () => ({ size: 0 })),
  edited("instanceGroupManagers", "n-general", "replaces machines by itself", ({ updatePolicy }) => ({
    updatePolicy: { ...updatePolicy, type: "PROACTIVE" },
  })),
  deleted("instanceGroupManagers", "n-general"),
  {
    what: "instances of a pool: deleted",
    hand: (person, cluster) => {
      const [first] = cluster.machinesOf("general");
      return person.delete(String(first?.["selfLink"]).replace(/^.*\/(projects\/)/, "$1"));
    },
  },
];

interface Hidden extends Drift {
  /** Whether it is as declared again. */
  mended(cluster: Running): Promise<boolean>;
}
const accessSecret = async (cluster: Running): Promise<string> =>
  `${ID}-${(await cluster.status()).uid}-access`;
const NODES = "/api/v1/nodes";
const DAEMON_SET = "/apis/apps/v1/namespaces/kube-system/daemonsets/node-problem-detector";

/** What no list of Compute Engine shows. */
const HIDDEN: readonly Hidden[] = [
  {
    what: "the secret with our own certificate: deleted",
    hand: async (_person, cluster) =>
      cluster.plane.cloud.secrets.remove(PROJECT, await accessSecret(cluster)),
    mended: async (cluster) =>
      cluster.plane.cloud.secrets.find(PROJECT, await accessSecret(cluster)) !== undefined,
  },
  {
    what: "a pool's label on a node: changed",
    hand: async (_person, cluster) => {
      const [node] = await cluster.nodesOf("general");
      const path = `${NODES}/${node?.["metadata"].name}`;
      await cluster.change(path, "PATCH", { metadata: { labels: { tier: "none" } } });
    },
    mended: async (cluster) =>
      (await cluster.nodesOf("general")).every(({ metadata }) => metadata.labels.tier === "web"),
  },
  {
    what: "an add-on: deleted",
    hand: (_person, cluster) => cluster.change(DAEMON_SET, "DELETE"),
    mended: async (cluster) => (await cluster.inside(DAEMON_SET)) !== undefined,
  },
];

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
