import assert from "node:assert/strict";
import { createVirtualClock } from "../../../../simulator/clock.ts";
import type { KubernetesCluster } from "../../../../simulator/kubernetes/cluster.ts";
import { createWorkQueue } from "../../../../simulator/kubernetes/controllers/work-queue.ts";
import {
  createRest,
  Dormitory,
  LONG_REST_MS,
  REST_MS,
} from "../../../../simulator/kubernetes/storage/rest.ts";
import { createStore } from "../../../../simulator/kubernetes/storage/store.ts";
import { makeCluster, START_MS } from "../fixture.ts";

function createHouse(awakeMax: number) {
  const clock = createVirtualClock(START_MS);
  const dormitory = new Dormitory(awakeMax);
  const asleep: string[] = [];
  const queue = createWorkQueue(clock, () => true);
  const guest = (name: string) => {
    const rest = createRest(clock, dormitory, { sleep: () => asleep.push(name) }, (run, delayMs) =>
      queue.add(name, run, delayMs),
    );
    rest.used();
    return rest;
  };
  return { clock, asleep, guest };
}

describe("clusters at rest", () => {
  it("sleep after ten minutes when too many are awake, the longest unused first", async () => {
    const { clock, asleep, guest } = createHouse(2);
    guest("a");
    await clock.advance(1_000);
    const b = guest("b");
    guest("c");
    await clock.advance(REST_MS - 1_000);
    assert.deepEqual(asleep, ["a"]);
    b.used();
    guest("d");
    await clock.advance(REST_MS);
    assert.deepEqual(asleep, ["a", "c"]);
  });

  it("sleep after two hours however few there are, and not while somebody uses them", async () => {
    const { clock, asleep, guest } = createHouse(100);
    guest("a");
    const b = guest("b");
    for (let passedMs = 0; passedMs < LONG_REST_MS; passedMs += LONG_REST_MS / 4) {
      await clock.advance(LONG_REST_MS / 4);
      b.used();
    }
    assert.deepEqual(asleep, ["a"]);
    await clock.advance(LONG_REST_MS);
    assert.deepEqual(asleep, ["a", "b"]);
  });

  it("do not sleep when they are no more", async () => {
    const { clock, asleep, guest } = createHouse(0);
    guest("a").end();
    await clock.advance(REST_MS);
    assert.deepEqual(asleep, []);
  });
});

/** Everything that can be read of a cluster, and in which order its indexes have it. */
function readAll({ state, store }: KubernetesCluster) {
  const resources = state.registry
    .all()
    .map(({ group, resource }) => (group === "" ? resource : `${resource}.${group}`));
  const nodes = store.list("nodes");
  return {
    objects: resources.map((resource) => store.list(resource)),
    pods: nodes.map(({ metadata }) => store.podsOn(metadata.name).map((pod) => pod.metadata.name)),
    dependents: nodes.map(({ metadata }) => store.dependents(metadata.uid)),
    revision: store.revision(),
  };
}

describe("a cluster that slept", () => {
  it("is the same to the letter, and goes on", async () => {
    const { cluster, ask, seconds } = await makeCluster();
    await seconds(120);
    const before = JSON.stringify(readAll(cluster));
    cluster.store.sleep();
    assert.equal(JSON.stringify(readAll(cluster)), before);
    cluster.store.sleep();
    const path = "/api/v1/namespaces/default/configmaps";
    assert.equal(ask("POST", path, { metadata: { name: "after" }, data: { a: "b" } }).status, 201);
    cluster.store.sleep();
    assert.deepEqual((ask("GET", `${path}/after`).body as { data?: unknown }).data, { a: "b" });
  });

  it("answers 410 to a watch from before its sleep, and tells those who watch what happens later", async () => {
    const store = createStore();
    const object = (name: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "default", uid: name, resourceVersion: "", creationTimestamp: "" },
    });
    store.put("configmaps", object("one"));
    const from = store.revision();
    const told: string[] = [];
    store.subscribe("configmaps", (change) => told.push(`${change.type} ${change.object.metadata.name}`));
    store.put("configmaps", object("two"));
    assert.equal(store.since("configmaps", from)?.length, 1);
    store.sleep();
    assert.equal(store.since("configmaps", from), undefined);
    assert.deepEqual(store.since("configmaps", store.revision()), []);
    store.put("configmaps", object("two"));
    store.put("configmaps", object("three"));
    assert.deepEqual(told, ["ADDED two", "MODIFIED two", "ADDED three"]);
  });
});
