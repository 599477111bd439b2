/** The stage of upgrades: a running cluster, looks at every step, and what was done as a log in sentences. */
import assert from "node:assert/strict";
import type { ClusterStatus, Condition, EventRecord } from "../../shared/status/cluster-status.ts";
import type { KubernetesCluster } from "../../simulator/kubernetes/cluster.ts";
import { type InsideCluster, insideCluster } from "../support/inside-cluster.ts";
import { PROJECT, type Running, runningCluster } from "../support/running-cluster.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { watch as watchRollout } from "./rollout-stage.ts";

export const ID = "shop";
const LIMIT_MS = 4 * 3_600_000;

export interface Wish {
  readonly version?: string;
  readonly replicas?: number;
  readonly controlPlane?: object;
  readonly pool?: object;
  readonly network?: object;
  readonly more?: object;
}
export interface UpgradeStage {
  readonly plane: SimulatedPlane;
  readonly cluster: Running;
  readonly inside: InsideCluster;
  readonly kubernetes: KubernetesCluster;
  /** Writes the first wish with these changes; nobody waits for it. */
  write(changes: Wish): Promise<void>;
  spec(changes: Wish): Readonly<Record<string, unknown>>;
  /** Versions of API servers and kubelets, without doubles. */
  versions(): Promise<readonly string[]>;
  /** Images that kube-proxy and CoreDNS are asked to run. */
  addons(): Promise<readonly string[]>;
  /** What the control plane did from a generation of the spec on, in order; machines' random names as numbers, no pods. */
  log(generation: number): Promise<readonly string[]>;
  /** The cluster's own: that of its first namespace. */
  uid(): Promise<unknown>;
}

export async function upgradeStage(first: Wish, seed = 1): Promise<UpgradeStage> {
  const plane = simulatedPlane(seed);
  const spec = (changes: Wish) => specOf({ ...first, ...changes });
  const cluster = runningCluster(plane, ID, spec({}));
  await cluster.write(spec({}));
  await cluster.assertSettled();
  const { compute, guests } = plane.cloud;
  const name = cluster.named("instances", "cp-0")["name"];
  const machine = [...compute.machines(PROJECT)].find((one) => one.name === name);
  const kubernetes = machine === undefined ? undefined : guests.clusterOf(machine);
  assert.ok(kubernetes !== undefined);
  return {
    plane,
    cluster,
    kubernetes,
    inside: await insideCluster(plane, ID),
    spec,
    write: (changes) => plane.write(ID, { spec: spec(changes) }),
    versions: async () => {
      const servers = [...kubernetes.state.serverVersions.values()];
      const kubelets = kubernetes
        .kubelets()
        .filter((one) => one.isOn())
        .map((one) => one.machine.kubeletVersion);
      return [...new Set([...servers, ...kubelets])].map((version) => version.replace(/^v/, "")).sort();
    },
    addons: async () =>
      Promise.all(
        ["daemonsets/kube-proxy", "deployments/coredns"].map(async (path) => {
          const found = await cluster.inside(`/apis/apps/v1/namespaces/kube-system/${path}`);
          return String(found?.["spec"].template.spec.containers[0].image).replace("registry.k8s.io/", "");
        }),
      ),
    log: async (generation) => {
      const all = sentences(await eventsOf(plane));
      const first = all.findIndex((line) => line.includes(`accepted generation ${generation} `));
      return all.slice(first).filter((line) => !line.startsWith("evict "));
    },
    uid: async () => (await cluster.inside("/api/v1/namespaces/kube-system"))?.["metadata"]["uid"],
  };
}

function specOf({ version = "1.36", replicas = 1, controlPlane = {}, pool = {}, network, more = {} }: Wish) {
  return {
    name: ID,
    engine: "gce",
    project: PROJECT,
    region: "europe-west4",
    kubernetes: { version },
    controlPlane: { replicas, ...controlPlane },
    nodePools: [{ name: "general", size: 1, ...pool }],
    deletionProtection: false,
    ...(network === undefined ? {} : { network }),
    ...more,
  };
}

async function eventsOf(plane: SimulatedPlane): Promise<readonly EventRecord[]> {
  const { documents } = await plane.engine.store.query<EventRecord>({ group: "events", limit: 500 });
  return documents.map(({ data }) => data).toSorted((one, other) => one.epoch - other.epoch);
}

function sentences(events: readonly EventRecord[]): readonly string[] {
  const machine = numbered("general");
  // A template is named by the hash of its content.
  const template = numbered("template");
  const plain = (text: string) =>
    text
      .replaceAll(/\bshop-[a-z0-9]{6}-/g, "")
      .replaceAll(/\bn-general-[a-z0-9]{4}\b/g, machine)
      .replaceAll(/\bn-general-[0-9a-f]{7}\b/g, template)
      // A snapshot by its moment.
      .replaceAll(/\b(etcd-\d)-[a-z0-9]{6,7}\b/g, "$1-snapshot");
  return events
    .flatMap(({ lines }) => lines)
    .map(({ verb, key, message }) => plain(`${verb} ${key.split("/").at(-1)}: ${message}`));
}

function numbered(what: string): (name: string) => string {
  const names = new Map<string, string>();
  return (name) => {
    names.set(name, names.get(name) ?? `${what}-${names.size + 1}`);
    return names.get(name) ?? name;
  };
}

export function conditionOf(status: ClusterStatus, type: string): Condition {
  const found = status.conditions.find((one) => one.type === type);
  assert.ok(found !== undefined, type);
  return found;
}

/** As of a rollout, with the time that a whole control plane takes. */
export function watch(
  on: UpgradeStage,
  look?: () => Promise<void> | void,
  done?: () => Promise<boolean> | boolean,
): Promise<void> {
  return watchRollout(on, look, done, LIMIT_MS);
}
