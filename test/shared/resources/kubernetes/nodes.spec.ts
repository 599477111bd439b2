import assert from "node:assert/strict";
import fc from "fast-check";
import { cordonPatch } from "../../../../shared/nodes/cordon.ts";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import { LABELS_ANNOTATION, TAINTS_ANNOTATION } from "../../../../shared/resources/kubernetes/node-marks.ts";
import { type NodeAction, nodes } from "../../../../shared/resources/kubernetes/nodes.ts";
import type { Cluster, Plan } from "../../../../shared/resources/resource.ts";
import { NO_CARE } from "../../../../shared/status/care.ts";
import { FakeApi, type Stored } from "./fake-api.ts";
import { type Changes, clusterWith, SPEC } from "./fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const POOL = SPEC.nodePools[0] as object;

interface NodeOptions {
  readonly ready?: boolean;
  readonly reason?: string;
  readonly message?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly taints?: readonly object[];
  readonly providerID?: string;
  readonly createdMs?: number;
  readonly unschedulable?: boolean;
}
function node(name: string, options: NodeOptions = {}): Stored {
  const {
    ready = true,
    reason = "KubeletReady",
    message = "",
    labels = {},
    annotations = {},
    taints,
    providerID,
    createdMs = 0,
    unschedulable,
  } = options;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels,
      annotations,
      resourceVersion: "7",
      creationTimestamp: new Date(createdMs).toISOString(),
    },
    spec: {
      ...(taints === undefined ? {} : { taints }),
      ...(providerID === undefined ? {} : { providerID }),
      ...(unschedulable === undefined ? {} : { unschedulable }),
    },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False", reason, message }] },
  };
}
function apiWith(...list: readonly Stored[]): FakeApi {
  const api = new FakeApi();
  for (const one of list) api.put(`/api/v1/nodes/${one.metadata.name}`, one);
  return api;
}
async function look(api: FakeApi, cluster: Cluster): Promise<Plan<NodeAction>> {
  const observed = await nodes.observe(api.cloud, cluster);
  const desired = nodes.desire(cluster);
  assert.ok(Array.isArray(desired));
  return nodes.plan({ cluster, desired, observed, nowMs: NOW_MS });
}
async function settle(api: FakeApi, cluster: Cluster): Promise<number> {
  const { actions } = await look(api, cluster);
  for (const action of actions) await nodes.perform(api.cloud, cluster, action, "");
  assert.deepEqual((await look(api, cluster)).actions, [], "a second look finds nothing to do");
  return actions.length;
}
function taintsOf(api: FakeApi, path: string): unknown {
  return ((api.objects.get(path)?.["spec"] ?? {}) as { taints?: unknown }).taints;
}
const MEMBERS = [0, 1, 2].map((member) => node(`shop-ab12cd-cp-${member}`));
const WORKER = "shop-ab12cd-n-general-x1y2";
const WORKERS = [node(WORKER), node("shop-ab12cd-n-general-z9z9")];
const pool = (changes: object): Changes => ({ nodePools: [{ ...POOL, ...changes }] });

/** The annotations of a Node that we have cordoned. */
function cordoned(): Record<string, string> {
  const { annotations } = cordonPatch(
    { cause: "upgrade", reason: "it is outdated" },
    NOW_MS,
    undefined,
  ).metadata;
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

describe("nodes", () => {
  it("are settled when every group has its nodes, all Ready", async () => {
    const api = apiWith(...MEMBERS, ...WORKERS);
    await settle(api, clusterWith());
    assert.deepEqual(await look(api, clusterWith()), { actions: [], waiting: [], problems: [] });
  });

  it("are waited for in a sentence that names who is late and why", async () => {
    const message =
      "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized";
    const late = node("shop-ab12cd-n-general-l8t3", { ready: false, reason: "KubeletNotReady", message });
    const api = apiWith(...MEMBERS, ...WORKERS, late);
    const { waiting } = await look(api, clusterWith(pool({ size: 5 })));
    assert.deepEqual(waiting, [
      {
        key: "nodes/pool general",
        reason:
          "the nodes of pool general: 2 of 5 are Ready (not yet: shop-ab12cd-n-general-l8t3 (NetworkPluginNotReady), 2 have not joined)",
      },
    ]);
  });

  it("under an autoscaler are waited for up to its least", async () => {
    const api = apiWith(...MEMBERS, ...WORKERS);
    const { waiting } = await look(api, clusterWith(pool({ size: { min: 3, max: 9 } })));
    assert.deepEqual(
      waiting.map(({ reason }) => reason),
      ["the nodes of pool general: 2 of 3 are Ready (not yet: 1 has not joined)"],
    );
  });

  it("get the pool's labels and taints, and lose them when they leave the spec, while strangers' stay", async () => {
    const foreign = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
    const api = apiWith(
      ...MEMBERS,
      node(WORKER, { labels: { team: "a", tier: "old" }, taints: [foreign], unschedulable: true }),
    );
    const path = `/api/v1/nodes/${WORKER}`;
    await settle(
      api,
      clusterWith(pool({ taints: [{ key: "dedicated", value: "web", effect: "NoSchedule" }] })),
    );
    assert.deepEqual(api.objects.get(path)?.metadata.labels, {
      team: "a",
      tier: "web",
      "clusterwright-pool": "general",
    });
    assert.deepEqual(taintsOf(api, path), [
      foreign,
      { key: "dedicated", value: "web", effect: "NoSchedule" },
    ]);

    await settle(api, clusterWith(pool({ labels: {}, taints: [] })));
    assert.deepEqual(api.objects.get(path)?.metadata.labels, { team: "a", "clusterwright-pool": "general" });
    const spec = api.objects.get(path)?.["spec"] as { taints: unknown; unschedulable: boolean };
    assert.deepEqual(spec.taints, [foreign]);
    assert.equal(spec.unschedulable, true, "a cordon is not ours to lift");
  });

  it("that changed since they were read are not patched", async () => {
    const api = apiWith(...MEMBERS, ...WORKERS);
    const cluster = clusterWith();
    const { actions } = await look(api, cluster);
    const [first] = actions;
    assert.ok(first !== undefined);
    const there = api.objects.get(first.key);
    assert.ok(there !== undefined);
    api.put(first.key, { ...there, metadata: { ...there.metadata, resourceVersion: "8" } });
    await assert.rejects(nodes.perform(api.cloud, cluster, first, ""), (error) =>
      isCloudError(error, "stale"),
    );
  });

  it("keep strangers' labels and taints whatever the pool has had", async () => {
    const key = fc.constantFrom("a", "b", "c", "d");
    const effect = fc.constantFrom("NoSchedule" as const, "NoExecute" as const);
    const labels = fc.dictionary(key, fc.constantFrom("1", "2"), { noNullPrototype: true });
    const taints = fc.uniqueArray(
      fc.record({ key, value: fc.constantFrom("1", "2"), effect }, { noNullPrototype: true }),
      {
        selector: (taint) => taint.key + taint.effect,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        labels,
        taints,
        fc.array(fc.record({ labels, taints }), { maxLength: 3 }),
        async (ownLabels, ownTaints, specs) => {
          const foreignLabels = Object.fromEntries(
            Object.entries(ownLabels).map(([name, value]) => [`x-${name}`, value]),
          );
          const foreignTaints = ownTaints.map((taint) => ({ ...taint, key: `x-${taint.key}` }));
          const api = apiWith(...MEMBERS, node(WORKER, { labels: foreignLabels, taints: foreignTaints }));
          for (const spec of specs) await settle(api, clusterWith(pool(spec)));
          const there = api.objects.get(`/api/v1/nodes/${WORKER}`);
          const last = specs.at(-1);
          const expected =
            last === undefined
              ? foreignLabels
              : { ...foreignLabels, ...last.labels, "clusterwright-pool": "general" };
          assert.deepEqual(there?.metadata.labels, expected);
          const order = (list: readonly { key: string; effect: string }[]) =>
            [...list].sort((a, b) => `${a.key}${a.effect}`.localeCompare(`${b.key}${b.effect}`));
          const spec = (there?.["spec"] ?? {}) as { taints?: { key: string; effect: string }[] };
          const have = spec.taints ?? [];
          assert.deepEqual(order(have), order([...foreignTaints, ...(last?.taints ?? [])]));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("whose notes somebody garbled lose no label", async () => {
    const api = apiWith(
      ...MEMBERS,
      node(WORKER, {
        labels: { team: "a" },
        annotations: { [LABELS_ANNOTATION]: "{", [TAINTS_ANNOTATION]: "7" },
      }),
    );
    await settle(api, clusterWith());
    assert.equal(api.objects.get(`/api/v1/nodes/${WORKER}`)?.metadata.labels?.["team"], "a");
  });

  describe("without a machine", () => {
    const providerID = `gce://acme-prod/europe-west4-a/${WORKER}`;
    const facts = { machines: [] };
    const isDeleted = async (options: NodeOptions, changes: Changes) => {
      const { actions } = await look(
        apiWith(...MEMBERS, node(WORKER, { providerID, ready: false, ...options })),
        clusterWith(changes),
      );
      return actions.some((action) => action.change === "delete" && action.key.endsWith(WORKER));
    };
    it("are deleted", async () => assert.equal(await isDeleted({}, { facts }), true));
    it("stay while the machines are not known", async () => assert.equal(await isDeleted({}, {}), false));
    it("stay while they are Ready: the list of machines is old", async () =>
      assert.equal(await isDeleted({ ready: true }, { facts }), false));
    it("stay in their first minutes", async () =>
      assert.equal(await isDeleted({ createdMs: NOW_MS - 60_000 }, { facts }), false));
    it("stay when they are of another project", async () =>
      assert.equal(
        await isDeleted({ providerID: `gce://other/europe-west4-a/${WORKER}` }, { facts }),
        false,
      ));
    it("stay when the machine is there", async () => {
      const machines = [`projects/acme-prod/zones/europe-west4-a/instances/${WORKER}`];
      assert.equal(await isDeleted({}, { facts: { machines } }), false);
    });
    it("stay when they do not bear a name of ours: the list says nothing of such machines", async () => {
      const own = node("own-machine", {
        providerID: "gce://acme-prod/europe-west4-a/own-machine",
        ready: false,
      });
      const { actions, waiting } = await look(apiWith(...MEMBERS, ...WORKERS, own), clusterWith({ facts }));
      assert.deepEqual(
        actions.filter(({ change }) => change === "delete"),
        [],
      );
      assert.deepEqual(waiting, []);
    });
    it("that we drained are deleted at once, Ready or not, old or young", async () => {
      const drained = {
        ready: true,
        createdMs: NOW_MS - 60_000,
        unschedulable: true,
        annotations: cordoned(),
      };
      assert.equal(await isDeleted(drained, { facts }), true);
      assert.equal(await isDeleted({ ...drained, annotations: {} }, { facts }), false, "not ours");
    });
    it("that we drained are deleted once their group lists them no more, which the list of all machines will tell later", async () => {
      const path = `projects/acme-prod/zones/europe-west4-a/instances/${WORKER}`;
      const drained = { ready: true, unschedulable: true, annotations: cordoned() };
      const group = (...machines: readonly string[]) => ({
        path: "projects/acme-prod/zones/europe-west4-a/instanceGroupManagers/g",
        pool: "general",
        targetSize: 2,
        template: "t",
        stable: false,
        machines: machines.map((one) => ({ path: one, going: false, running: true })),
      });
      const known = (...machines: readonly string[]) => ({
        facts: { machines: [path], groups: [group(...machines)] },
      });
      assert.equal(await isDeleted(drained, known()), true);
      assert.equal(await isDeleted(drained, known(path)), false, "it is still there");
      assert.equal(await isDeleted({ ...drained, annotations: {} }, known()), false, "not drained by us");
      const kept = [{ pool: "general", machine: path, atMs: 0, reason: "it failed", look: "so" }];
      const care = { ...NO_CARE, kept };
      assert.equal(await isDeleted(drained, { ...known(), care }), false, "it left its group to be kept");
    });
    it("are not among those that have come since the machines were listed", async () => {
      const young = node(WORKER, { providerID, ready: true, createdMs: NOW_MS - 5_000 });
      const known = (machinesMs: number) => clusterWith({ facts: { ...facts, machinesMs } });
      const before = await look(apiWith(...MEMBERS, young), known(NOW_MS - 10_000));
      assert.doesNotMatch(JSON.stringify(before.waiting), /is gone/);
      const after = await look(apiWith(...MEMBERS, young), known(NOW_MS - 1_000));
      assert.match(JSON.stringify(after.waiting), /whose machine is gone/);
    });
    it("are waited for by name until they have left", async () => {
      const lingering = node(WORKER, { providerID, ready: true });
      const { waiting } = await look(apiWith(...MEMBERS, lingering), clusterWith({ facts }));
      assert.equal(waiting[0]?.reason, `Node ${WORKER}, whose machine is gone, to leave`);
    });
  });

  it("that are drained, or too many for a while, are not waited for", async () => {
    const annotations = cordoned();
    const leaving = node("shop-ab12cd-n-general-l3l3", {
      ready: false,
      unschedulable: true,
      annotations: annotations as Record<string, string>,
    });
    const coming = node("shop-ab12cd-n-general-c0c0", { ready: false });
    const { waiting } = await look(apiWith(...MEMBERS, ...WORKERS, leaving, coming), clusterWith());
    assert.deepEqual(waiting, []);
  });
});
