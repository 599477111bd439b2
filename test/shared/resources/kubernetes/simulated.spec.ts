/** The kinds that live inside a cluster, against the simulated Kubernetes API, in process, until nothing is left to do. */
import assert from "node:assert/strict";
import type { KubernetesRequest, KubernetesTransport } from "../../../../shared/ports/kubernetes.ts";
import { addons } from "../../../../shared/resources/kubernetes/addons.ts";
import { createBootstrapToken } from "../../../../shared/resources/kubernetes/join-token.ts";
import { workloadLeftovers } from "../../../../shared/resources/kubernetes/leftovers.ts";
import { nodes } from "../../../../shared/resources/kubernetes/nodes.ts";
import { observeKubernetes } from "../../../../shared/resources/kubernetes/observe.ts";
import type {
  Action,
  CloudReader,
  CloudWriter,
  Cluster,
  ManagedKind,
  Named,
  Plan,
} from "../../../../shared/resources/resource.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../../../../simulator/clock.ts";
import { createKubernetesCluster, type KubernetesCluster } from "../../../../simulator/kubernetes/cluster.ts";
import { caCertHash } from "../../../../simulator/kubernetes/kubeadm.ts";
import { ADMIN, machine, START_MS, sharedCa, TOKEN } from "../../../simulator/kubernetes/fixture.ts";
import { ACCESS, clusterWith } from "./fixtures.ts";

/** What the organization in our certificate makes us. */
const CLIENT = { name: "clusterwright", groups: ["kubeadm:cluster-admins", "system:authenticated"] };
const PASSES_MAX = 80;
const PASS_SECONDS = 15;
const MEMBER = "shop-ab12cd-cp-0";
const WORKERS = ["shop-ab12cd-n-general-aaaa", "shop-ab12cd-n-general-bbbb"];

type Plugin = "cilium" | "calico" | "alias-ip";
interface Simulated {
  readonly cluster: KubernetesCluster;
  readonly clock: VirtualClock;
  readonly seconds: (count: number) => Promise<void>;
}

class Transport implements KubernetesTransport {
  readonly requests: KubernetesRequest[] = [];
  readonly #simulated: Simulated;
  constructor(simulated: Simulated) {
    this.#simulated = simulated;
  }
  async request(_access: unknown, request: KubernetesRequest) {
    this.requests.push(request);
    const { method, path, contentType = "application/json" } = request;
    const body = request.body === undefined ? undefined : JSON.parse(JSON.stringify(request.body));
    const headers = { "content-type": contentType, accept: "application/json" };
    const answer = this.#simulated.cluster.handle({ method, path, headers, body, user: CLIENT });
    return {
      status: answer.status,
      body: answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body)),
    };
  }
  get writes(): readonly KubernetesRequest[] {
    return this.requests.filter(({ method }) => method !== "GET");
  }
  get cloud(): CloudReader & CloudWriter {
    return { kubernetes: this } as unknown as CloudReader & CloudWriter;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: kinds of different types stand in one list.
type AnyKind = ManagedKind<any, any, any>;

async function plan(
  kind: AnyKind,
  transport: Transport,
  cluster: Cluster,
  nowMs: number,
): Promise<Plan<Action>> {
  const observed: readonly Named[] = await kind.observe(transport.cloud, cluster);
  const desired = cluster.deleting ? [] : kind.desire(cluster);
  if (!Array.isArray(desired))
    return { actions: [], waiting: [desired as { key: string; reason: string }], problems: [] };
  return kind.plan({ cluster, desired, observed, nowMs });
}

/** Passes with time between them; answers what the last plans said. */
async function settle(simulated: Simulated, transport: Transport, kinds: readonly AnyKind[], base: Cluster) {
  let plans: readonly Plan<Action>[] = [];
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const kubernetes = await observeKubernetes(transport, ACCESS);
    const cluster = kubernetes === undefined ? base : { ...base, facts: { ...base.facts, kubernetes } };
    plans = await Promise.all(kinds.map((kind) => plan(kind, transport, cluster, simulated.clock.nowMs())));
    if (plans.every(({ actions, waiting }) => actions.length === 0 && waiting.length === 0)) return plans;
    for (const [index, { actions }] of plans.entries()) {
      for (const action of actions) await kinds[index]?.perform(transport.cloud, cluster, action, "");
    }
    await simulated.seconds(PASS_SECONDS);
  }
  const open = plans.flatMap(({ actions, waiting }) => [...actions, ...waiting].map(({ reason }) => reason));
  throw new Error(`not settled after ${PASSES_MAX} passes: ${open.join("; ")}`);
}

/** One member and two workers of the pool, as their machines come up. */
async function bornCluster(plugin: Plugin) {
  const clock = createVirtualClock(START_MS);
  const ca = await sharedCa();
  const cluster = createKubernetesCluster({
    clock,
    ca,
    chance: createSeededChance(7),
    version: "v1.36.4",
    podCidr: "10.64.0.0/14",
    serviceCidr: "10.96.0.0/20",
    allocateNodeCidrs: plugin !== "alias-ip",
  });
  const machineNamed = (name: string, index: number) => ({
    ...machine(name, index),
    ...(plugin === "alias-ip" ? { network: "alias-ip" as const, aliasCidr: `10.64.${index}.0/24` } : {}),
    providerId: `gce://acme-prod/europe-west4-a/${name}`,
    cloudProviderExternal: true,
  });
  const bootstrapTokens = [{ token: TOKEN, expiresMs: START_MS + 3_600_000 }];
  cluster.kubeadmInit({
    machine: machineNamed(MEMBER, 2),
    controlPlaneEndpoint: "10.10.0.5:6443",
    bootstrapTokens,
  });
  const ask = (method: string, path: string, body?: unknown, contentType = "application/json") =>
    cluster.handle({ method, path, body, headers: { "content-type": contentType }, user: ADMIN });
  const caHash = caCertHash(ca.certificatePem);
  const join = (name: string, index: number, token = TOKEN) =>
    cluster.kubeadmJoin({ ...machineNamed(name, index), labels: { tier: "old" }, token, caHash });
  for (const [index, name] of WORKERS.entries()) assert.deepEqual(join(name, 10 + index), { joined: true });
  const seconds = (count: number) => clock.advance(count * 1_000);
  await seconds(60);
  const simulated = { cluster, clock, ask, join, seconds };
  return { simulated, transport: new Transport(simulated) };
}
function clusterOf(plugin: Plugin, changes: object = {}): Cluster {
  const { spec, ...rest } = clusterWith({ plugin, ...changes });
  return { ...rest, spec: { ...spec, controlPlane: { ...spec.controlPlane, replicas: 1 } } };
}

describe("the kinds inside a cluster, against the simulated Kubernetes API", function () {
  this.timeout(30_000);
  for (const plugin of ["cilium", "alias-ip"] as const) {
    it(`make every node Ready with ${plugin} and then write nothing more`, async () => {
      const { simulated, transport } = await bornCluster(plugin);
      const cluster = clusterOf(plugin);
      await settle(simulated, transport, [addons, nodes], cluster);
      const facts = await observeKubernetes(transport, ACCESS);
      const ready = facts?.nodes.filter((node) => node.ready).map(({ name }) => name) ?? [];
      for (const name of [MEMBER, ...WORKERS]) assert.ok(ready.includes(name), `${name} is Ready`);
      assert.equal(facts?.nodes.find(({ name }) => name === WORKERS[0])?.labels["tier"], "web");
      const writes = transport.writes.length;
      await simulated.seconds(3_600);
      await settle(simulated, transport, [addons, nodes], cluster);
      assert.equal(transport.writes.length, writes, "an hour later there is nothing to do");
      simulated.cluster.stop();
    });
  }

  it("remove what the spec turns off, and bring it back", async () => {
    const { simulated, transport } = await bornCluster("cilium");
    await settle(simulated, transport, [addons], clusterOf("cilium"));
    const path = "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server";
    await settle(simulated, transport, [addons], clusterOf("cilium", { addons: { metrics: false } }));
    assert.equal(simulated.ask("GET", path).status, 404);
    await settle(simulated, transport, [addons], clusterOf("cilium"));
    assert.equal(simulated.ask("GET", path).status, 200);
    simulated.cluster.stop();
  });

  it("take back what somebody changed with kubectl", async () => {
    const { simulated, transport } = await bornCluster("cilium");
    await settle(simulated, transport, [addons], clusterOf("cilium"));
    const path = "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server";
    const edited = simulated.ask("PATCH", path, { spec: { replicas: 3 } }, "application/merge-patch+json");
    assert.equal(edited.status, 200);
    await settle(simulated, transport, [addons], clusterOf("cilium"));
    assert.equal((simulated.ask("GET", path).body as { spec: { replicas: number } }).spec.replicas, 1);
    simulated.cluster.stop();
  });

  it("apply manifests with a kind of their own, and take them away again", async () => {
    const { simulated, transport } = await bornCluster("cilium");
    const schema = "{ type: object, x-kubernetes-preserve-unknown-fields: true }";
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets, singular: widget, listKind: WidgetList }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: ${schema} } }]
`;
    const widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: one }\nspec: { size: 3 }\n";
    const path = "/apis/example.com/v1/namespaces/default/widgets/one";
    const both = clusterOf("cilium", { addons: { manifests: [widget, definition] } });
    await settle(simulated, transport, [addons], both);
    assert.deepEqual((simulated.ask("GET", path).body as { spec: object }).spec, { size: 3 });
    await settle(
      simulated,
      transport,
      [addons],
      clusterOf("cilium", { addons: { manifests: [definition] } }),
    );
    assert.equal(simulated.ask("GET", path).status, 404);
    simulated.cluster.stop();
  });

  it("let a machine join with a token of fifteen minutes, and not with it afterwards", async () => {
    const { simulated, transport } = await bornCluster("cilium");
    const chance = createSeededChance(3);
    const token = await createBootstrapToken(transport, ACCESS, {
      chance,
      nowMs: simulated.clock.nowMs(),
      description: "test",
    });
    assert.deepEqual(simulated.join("shop-ab12cd-n-general-cccc", 20, token), { joined: true });
    await simulated.seconds(16 * 60);
    assert.equal(simulated.join("shop-ab12cd-n-general-dddd", 21, token).joined, false);
    simulated.cluster.stop();
  });

  it("take Services' load balancers along when the cluster goes", async () => {
    const { simulated, transport } = await bornCluster("cilium");
    await settle(simulated, transport, [addons], clusterOf("cilium"));
    simulated.ask("POST", "/api/v1/namespaces/default/services", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    await simulated.seconds(30);
    const before = transport.writes.length;
    await settle(
      simulated,
      transport,
      [addons, nodes, workloadLeftovers],
      clusterOf("cilium", { deleting: true }),
    );
    assert.equal(simulated.ask("GET", "/api/v1/namespaces/default/services/web").status, 404);
    assert.deepEqual(
      transport.writes.slice(before).map(({ method }) => method),
      ["DELETE"],
    );
    simulated.cluster.stop();
  });
});
