/** A cluster on the simulated plane as a test looks at it: from the document, through the cloud, and from inside. */
import assert from "node:assert/strict";
import { lookUp } from "../../shared/engine/look-up.ts";
import { pass } from "../../shared/engine/pass.ts";
import { contentHash } from "../../shared/engine/request-id.ts";
import type { KubernetesRequest, KubernetesResponse } from "../../shared/ports/kubernetes.ts";
import { LABEL_POOL } from "../../shared/resources/owner.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import type { SimulatedPlane } from "./simulated-plane.ts";

/** A body as the API answers it. */
// biome-ignore lint/suspicious/noExplicitAny: tests read deep into documents of a foreign API.
export type Body = Readonly<Record<string, any>>;

export interface Running {
  readonly plane: SimulatedPlane;
  readonly id: string;
  status(): Promise<ClusterStatus>;
  /** Full paths of all resources of a collection. */
  paths(collection: string): readonly string[];
  /** The one resource of the collection whose name ends in this, after the cluster's own name and uid. */
  named(collection: string, role: string): Body;
  /** By its whole name. */
  resource(collection: string, name: string): Body;
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
  /** Writes the spec and lets time pass until the control plane has taken it in and is done with it, or has refused it. */
  write(spec: Readonly<Record<string, unknown>>): Promise<void>;
  /** Ready, as declared, silent, with nothing more in the cloud than it declares. */
  assertSettled(): Promise<void>;
  /** Deletes it, and there is nothing left. */
  deleteToNothing(): Promise<void>;
}

export const PROJECT = "demo-project";
const INSIDE_SECONDS_MAX = 120;

/** @param spec the last one written is kept, for the deletion */
export function runningCluster(
  plane: SimulatedPlane,
  id: string,
  first: Readonly<Record<string, unknown>>,
): Running {
  let spec = first;
  const entries = (collection: string) =>
    plane.cloud.compute.inventory(PROJECT).filter((entry) => entry.collection === collection);
  const status = async (): Promise<ClusterStatus> => {
    const found = await plane.status(id);
    assert.ok(found !== undefined, `${id} has no status`);
    return found;
  };
  const ask = async (request: KubernetesRequest): Promise<KubernetesResponse> => {
    const now = await status();
    assert.ok(now.accepted !== undefined);
    const { access } = await lookUp(plane.engine, id, now.accepted, now);
    assert.ok(access !== undefined, "there is no way to the cluster's API");
    return plane.engine.cloud.kubernetes.request(access, request);
  };
  const inside = async (path: string): Promise<Body | undefined> => {
    const answer = await ask({ method: "GET", path });
    return answer.status === 404 ? undefined : (answer.body as Body);
  };
  const items = async (path: string): Promise<readonly Body[]> => (await inside(path))?.["items"] ?? [];
  const machines = () => entries("instances").map(({ body }) => body as Body);
  const running: Running = {
    plane,
    id,
    status,
    paths: (collection) => entries(collection).map(({ path }) => path),
    named: (collection, role) => {
      const found = entries(collection).filter(({ path }) =>
        new RegExp(`/${id}-[a-z0-9]{6}-${role}$`).test(path),
      );
      assert.equal(found.length, 1, `${collection} ${role}: ${entries(collection).map(({ path }) => path)}`);
      return found[0]?.body as Body;
    },
    resource: (collection, name) => {
      const found = entries(collection).find(({ body }) => body["name"] === name);
      assert.ok(found !== undefined, `there is no ${collection} ${name}`);
      return found.body as Body;
    },
    machinesOf: (pool) => machines().filter(({ labels }) => labels?.[LABEL_POOL] === pool),
    machineIds: () => machines().map((machine) => String(machine["id"])),
    inside,
    change: async (path, method, body) => {
      const contentType = "application/merge-patch+json";
      const answer = await ask(body === undefined ? { method, path } : { method, path, body, contentType });
      assert.ok(answer.status < 300, JSON.stringify(answer));
    },
    nodesOf: async (pool) => {
      const found = (await items("/api/v1/nodes")).filter(
        ({ metadata }) => metadata.labels?.[LABEL_POOL] === pool,
      );
      assert.ok(found.length > 0, `pool ${pool} has no nodes`);
      return found;
    },
    podsNamed: async (start) =>
      (await items("/api/v1/pods"))
        .map(({ metadata }) => String(metadata.name))
        .filter((name) => name.startsWith(start)),
    untilInside: async (done) => {
      for (let seconds = 0; !(await done()); seconds += 1) {
        assert.ok(seconds < INSIDE_SECONDS_MAX, `not so after ${INSIDE_SECONDS_MAX} s`);
        await plane.clock.advance(1_000);
      }
    },
    write: async (next) => {
      spec = next;
      await plane.write(id, { spec });
      const seenHash = contentHash({ spec });
      await plane.until(id, (now) => {
        if (now?.seenHash !== seenHash) return false;
        const accepted = now.conditions.find(({ type }) => type === "SpecAccepted")?.status;
        return accepted === "False" || now.phase === "Ready";
      });
    },
    assertSettled: () => assertSettled(running),
    deleteToNothing: async () => {
      const { uid } = await status();
      await plane.write(id, { spec: { ...spec, deletionProtection: false } });
      await plane.write(id, { spec: { ...spec, deletionProtection: false }, deletion: { uid } });
      await plane.until(id, (now) => now === undefined);
    },
  };
  return running;
}

async function assertSettled(cluster: Running): Promise<void> {
  const { plane, id } = cluster;
  const status = await cluster.status();
  const bad = status.conditions.filter((condition) => condition.status !== "True");
  assert.deepEqual(bad, [], "every condition is fine");
  assert.equal(status.phase, "Ready");
  assert.deepEqual(status.nodes, {
    desired: status.nodes.desired,
    ready: status.nodes.desired,
    total: status.nodes.desired,
  });
  const cloudKinds = new Set(plane.engine.cloudKinds.map(({ kind }) => kind));
  const counted = status.inventory.filter(({ kind }) => cloudKinds.has(kind));
  assert.deepEqual(
    counted.filter(({ desired, observed }) => desired !== observed),
    [],
    "nothing is missing and nothing is left over",
  );
  assert.equal(cluster.machineIds().length, status.nodes.desired, "as many machines as nodes");
  assert.equal(status.wakeAtMs, null, "a settled cluster asks for nothing");
  const { attempts } = status;
  await pass(plane.engine, id, "once more");
  const after = await cluster.status();
  assert.deepEqual(after.attempts, attempts, "a further pass changes nothing");
  assert.deepEqual(after.inFlight, []);
}
