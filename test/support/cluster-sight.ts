/**
 * A cluster as somebody sees it who looks past the control plane: its resources in the simulated cloud, its objects inside.
 * In process and on the wire it is the same look, for the cloud lives in the test's own process either way.
 */
import assert from "node:assert/strict";
import type { PublicStatus } from "../../functions/api/public-status.ts";
import { LABEL_POOL } from "../../shared/resources/owner.ts";
import type { SimulatedCloud } from "../../simulator/cloud.ts";
import type { KubernetesCluster } from "../../simulator/kubernetes/cluster.ts";

/** A body as the API answers it. */
// biome-ignore lint/suspicious/noExplicitAny: tests read deep into documents of a foreign API.
export type Body = Readonly<Record<string, any>>;

export interface ClusterSight {
  readonly id: string;
  status(): Promise<PublicStatus>;
  /** Full paths of all of the cluster's resources of a collection. */
  paths(collection: string): readonly string[];
  /** The one resource of the collection whose name ends in this, after the cluster's own name and uid. */
  named(collection: string, role: string): Body;
  /** Any resource of the project, by its whole name. */
  resource(collection: string, name: string): Body;
  machines(): readonly Body[];
  machinesOf(pool: string): readonly Body[];
  /** Ids of all machines: a machine that was made anew has another one. */
  machineIds(): readonly string[];
  /** A GET at the cluster's Kubernetes API; nothing when it answers 404. */
  inside(path: string): Promise<Body | undefined>;
  /** A change at the cluster's Kubernetes API by somebody with kubectl. */
  change(path: string, method: "PATCH" | "DELETE", body?: Body): Promise<void>;
  nodesOf(pool: string): Promise<readonly Body[]>;
  /** Names of the pods that begin so. */
  podsNamed(start: string): Promise<readonly string[]>;
  /** What goes by itself inside of the cluster goes within seconds. */
  untilInside(done: () => Promise<boolean>): Promise<void>;
}

export interface SightOptions {
  readonly cloud: SimulatedCloud;
  readonly project: string;
  readonly id: string;
  status(): Promise<PublicStatus>;
  /** Lets a second of the simulated machines' time pass, or more. */
  pause(): Promise<void>;
}

const LOOKS_MAX = 120;
const ADMINISTRATOR = { name: "administrator", groups: ["system:masters", "system:authenticated"] };

export function clusterSight(options: SightOptions): ClusterSight {
  const { cloud, project, id, status, pause } = options;
  const isOurs = (name: unknown): boolean => new RegExp(`^${id}-[a-z0-9]{6}-`).test(String(name));
  const entries = (collection: string) =>
    cloud.compute.inventory(project).filter((entry) => entry.collection === collection);
  const ours = (collection: string) => entries(collection).filter(({ body }) => isOurs(body["name"]));
  const machines = () => ours("instances").map(({ body }) => body as Body);
  const serving = (): KubernetesCluster => {
    for (const machine of cloud.compute.machines(project)) {
      const cluster = isOurs(machine.name) ? cloud.guests.serving(machine) : undefined;
      if (cluster !== undefined) return cluster;
    }
    return assert.fail(`no machine of ${id} serves its Kubernetes API`);
  };
  const ask = (method: string, path: string, body?: Body): { status: number; body: Body } => {
    const headers = { accept: "application/json", "content-type": "application/merge-patch+json" };
    const answer = serving().handle({ method, path, headers, body, user: ADMINISTRATOR });
    return { status: answer.status, body: structuredClone(answer.body) as Body };
  };
  const inside = async (path: string): Promise<Body | undefined> => {
    const answer = ask("GET", path);
    return answer.status === 404 ? undefined : answer.body;
  };
  const items = async (path: string): Promise<readonly Body[]> => (await inside(path))?.["items"] ?? [];
  return {
    id,
    status,
    paths: (collection) => ours(collection).map(({ path }) => path),
    named: (collection, role) => {
      const found = ours(collection).filter(({ body }) => String(body["name"]).slice(id.length + 8) === role);
      assert.equal(found.length, 1, `${collection} ${role}: ${entries(collection).map(({ path }) => path)}`);
      return found[0]?.body as Body;
    },
    resource: (collection, name) => {
      const found = entries(collection).find(({ body }) => body["name"] === name);
      assert.ok(found !== undefined, `there is no ${collection} ${name}`);
      return found.body as Body;
    },
    machines,
    machinesOf: (pool) => machines().filter(({ labels }) => labels?.[LABEL_POOL] === pool),
    machineIds: () => machines().map((machine) => String(machine["id"])),
    inside,
    change: async (path, method, body) => {
      const answer = ask(method, path, body);
      assert.ok(answer.status < 300, JSON.stringify(answer));
    },
    nodesOf: async (pool) => {
      const found = (await items("/api/v1/nodes")).filter(
        ({ metadata }) => metadata.labels?.[LABEL_POOL] === pool,
      );
      assert.ok(found.length > 0, `pool ${pool} of ${id} has no nodes`);
      return found;
    },
    podsNamed: async (start) =>
      (await items("/api/v1/pods"))
        .map(({ metadata }) => String(metadata.name))
        .filter((name) => name.startsWith(start)),
    untilInside: async (done) => {
      for (let looks = 0; !(await done()); looks += 1) {
        assert.ok(looks < LOOKS_MAX, `not so after ${LOOKS_MAX} looks`);
        await pause();
      }
    },
  };
}
