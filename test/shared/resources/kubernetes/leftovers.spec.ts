import assert from "node:assert/strict";
import { workloadLeftovers } from "../../../../shared/resources/kubernetes/leftovers.ts";
import type { LeftoverAction } from "../../../../shared/resources/kubernetes/leftovers-plan.ts";
import type { Cluster, Plan } from "../../../../shared/resources/resource.ts";
import { FakeApi, type Stored } from "./fake-api.ts";
import { clusterWith } from "./fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;
const minutesAgo = (minutes: number) => new Date(NOW_MS - minutes * MINUTE_MS).toISOString();
const GOING = clusterWith({ deleting: true });

async function look(api: FakeApi, cluster: Cluster = GOING): Promise<Plan<LeftoverAction>> {
  const observed = await workloadLeftovers.observe(api.cloud, cluster);
  return workloadLeftovers.plan({ cluster, desired: [], observed, nowMs: NOW_MS });
}
async function pass(api: FakeApi): Promise<readonly string[]> {
  const { actions } = await look(api);
  for (const action of actions) await workloadLeftovers.perform(api.cloud, GOING, action, "");
  return actions.map(({ verb, key }) => `${verb} ${key.split("/").slice(-2).join("/")}`);
}
function service(name: string, type: string, deletionTimestamp?: string): [string, Stored] {
  const metadata = {
    name,
    namespace: "shop",
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
  return [`/api/v1/namespaces/shop/services/${name}`, { metadata, spec: { type } }];
}
/** A volume, its claim, and a pod that uses it. */
function volume(api: FakeApi, policy: "Delete" | "Retain", claim: { deletionTimestamp?: string } = {}): void {
  api.put("/api/v1/persistentvolumes/pv", {
    metadata: { name: "pv" },
    spec: {
      persistentVolumeReclaimPolicy: policy,
      csi: { driver: "pd.csi.storage.gke.io", volumeHandle: "projects/p/zones/z/disks/d" },
    },
    status: { phase: "Bound", lastPhaseTransitionTime: minutesAgo(500) },
  });
  api.put("/api/v1/namespaces/shop/persistentvolumeclaims/data", {
    metadata: { name: "data", namespace: "shop", ...claim },
    spec: { volumeName: "pv" },
  });
  api.put("/api/v1/namespaces/shop/pods/db-0", {
    metadata: { name: "db-0", namespace: "shop" },
    spec: { nodeName: "worker", volumes: [{ persistentVolumeClaim: { claimName: "data" } }] },
  });
  api.put("/api/v1/nodes/worker", { metadata: { name: "worker" }, spec: {} });
  api.put("/api/v1/nodes/cp-0", {
    metadata: { name: "cp-0", labels: { "node-role.kubernetes.io/control-plane": "" } },
    spec: {},
  });
}

describe("what workloads leave in the cloud", () => {
  it("is not even looked for while the cluster stays", async () => {
    const api = new FakeApi();
    api.put(...service("web", "LoadBalancer"));
    assert.deepEqual(await look(api, clusterWith()), { actions: [], waiting: [], problems: [] });
    assert.equal(api.requests.length, 0);
  });

  it("goes with Services of type LoadBalancer, and no others", async () => {
    const api = new FakeApi();
    api.put(...service("web", "LoadBalancer"));
    api.put(...service("db", "ClusterIP"));
    assert.deepEqual(await pass(api), ["delete services/web"]);
    assert.deepEqual(await look(api), { actions: [], waiting: [], problems: [] });
    assert.ok(api.objects.has("/api/v1/namespaces/shop/services/db"));
  });

  it("is waited for until the load balancer is gone, and reported when that takes too long", async () => {
    const api = new FakeApi();
    api.put(...service("web", "LoadBalancer", minutesAgo(5)));
    assert.deepEqual(
      (await look(api)).waiting.map(({ reason }) => reason),
      ["the load balancer of Service shop/web to be deleted"],
    );
    api.put(...service("web", "LoadBalancer", minutesAgo(31)));
    const late = await look(api);
    assert.deepEqual(late.waiting, []);
    assert.match(late.problems[0]?.message ?? "", /was not deleted in time: look for forwarding rules/);
  });

  it("goes with volumes: nodes cordoned, claims deleted, their pods evicted", async () => {
    const api = new FakeApi();
    volume(api, "Delete");
    assert.deepEqual(await pass(api), ["cordon nodes/worker"]);
    assert.deepEqual(await pass(api), ["delete persistentvolumeclaims/data"]);
    volume(api, "Delete", { deletionTimestamp: minutesAgo(1) });
    api.put("/api/v1/nodes/worker", { metadata: { name: "worker" }, spec: { unschedulable: true } });
    assert.deepEqual(await pass(api), ["evict pods/db-0"]);
    assert.equal(api.writes.at(-1)?.path.split("?")[0], "/api/v1/namespaces/shop/pods/db-0/eviction");
    assert.deepEqual(
      (await look(api)).waiting.map(({ reason }) => reason),
      ["the disk of PersistentVolume pv to be deleted"],
    );
  });

  it("goes also when a disruption budget never lets the pod go", async () => {
    const api = new FakeApi();
    volume(api, "Delete", { deletionTimestamp: minutesAgo(11) });
    api.put("/api/v1/nodes/worker", { metadata: { name: "worker" }, spec: { unschedulable: true } });
    assert.deepEqual(await pass(api), ["delete pods/db-0"]);
  });

  it("stays where a volume's policy is Retain", async () => {
    const api = new FakeApi();
    volume(api, "Retain");
    assert.deepEqual(await look(api), { actions: [], waiting: [], problems: [] });
  });

  it("is given up, with the disk's name, when a released disk is not deleted for half an hour", async () => {
    const api = new FakeApi();
    volume(api, "Delete");
    api.objects.delete("/api/v1/namespaces/shop/persistentvolumeclaims/data");
    const { waiting, problems } = await look(api);
    assert.deepEqual(waiting, []);
    assert.match(
      problems[0]?.message ?? "",
      /The disk projects\/p\/zones\/z\/disks\/d of PersistentVolume pv/,
    );
  });

  it("holds back machines and load balancers while it is there", () => {
    for (const kind of ["machine-groups", "control-plane", "forwarding-rules"])
      assert.ok(workloadLeftovers.after.includes(kind));
  });
});
