/** What somebody with gcloud and the right to do everything does to a cluster by hand. */
import assert from "node:assert/strict";
import {
  type Compute,
  type ComputeRef,
  type ComputeVerb,
  parseComputePath,
} from "../../shared/ports/compute.ts";
import { computePort } from "../../simulator/compute/port.ts";
import type { Body } from "../support/cluster-sight.ts";
import { PROJECT, type Running } from "../support/running-cluster.ts";

/** Somebody with gcloud and the right to do everything. */
export interface Person {
  insert(path: string, body: Body): Promise<void>;
  patch(path: string, body: Body): Promise<void>;
  delete(path: string): Promise<void>;
  call(verb: ComputeVerb, path: string, body: Body): Promise<void>;
}

export function personAt(cluster: Running): Person {
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

export interface Drift {
  readonly what: string;
  hand(person: Person, cluster: Running): Promise<void>;
}

export const path = (cluster: Running, collection: string, role: string): string =>
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
const unlabelled = (collection: "disks" | "instances", role: string): Drift =>
  called(`${collection}.setLabels`, role, "labels taken away", ({ labelFingerprint }) => ({
    labels: {},
    labelFingerprint,
  }));
const machine = (cluster: Running, role: string): string =>
  String(cluster.named("instances", role)["selfLink"]);

export const PUT_BACK: readonly Drift[] = [
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
  unlabelled("disks", "etcd-0"),
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

export interface Hidden extends Drift {
  /** Whether it is as declared again. */
  mended(cluster: Running): Promise<boolean>;
}
const accessSecret = async (cluster: Running): Promise<string> =>
  `${cluster.id}-${(await cluster.status()).uid}-access`;
const NODES = "/api/v1/nodes";
const DAEMON_SET = "/apis/apps/v1/namespaces/kube-system/daemonsets/node-problem-detector";

/** What no list of Compute Engine shows. */
export const HIDDEN: readonly Hidden[] = [
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
