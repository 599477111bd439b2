import assert from "node:assert/strict";
import {
  CORDON_CAUSE_ANNOTATION,
  CORDON_REASON_ANNOTATION,
  CORDON_SINCE_ANNOTATION,
} from "../../../../shared/nodes/cordon.ts";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import type { NodeCareAction } from "../../../../shared/resources/node-care/action.ts";
import { nodeCare } from "../../../../shared/resources/node-care/node-care.ts";
import type { DrainingNode, PoolWish } from "../../../../shared/resources/node-care/views.ts";
import type {
  CloudWriter,
  Cluster,
  GroupFacts,
  NodeFacts,
  Plan,
} from "../../../../shared/resources/resource.ts";
import { NO_CARE } from "../../../../shared/status/care.ts";
import { FakeApi } from "../kubernetes/fake-api.ts";
import { clusterWith, SPEC } from "../kubernetes/fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const BASE = "shop-ab12cd-n-general";
const GROUP = `projects/acme-prod/zones/europe-west4-a/instanceGroupManagers/${BASE}`;
const TEMPLATES = "projects/acme-prod/global/instanceTemplates";
const [OLD, NEW] = [`${TEMPLATES}/${BASE}-0000000`, `${TEMPLATES}/${BASE}-1111111`];
const UPGRADE = {
  strategy: "surge",
  maxSurge: 1,
  maxUnavailable: 0,
  drainTimeout: "1h",
  onDrainTimeout: "pause",
  soak: "1m",
  readyTimeout: "20m",
  haltAfter: 1,
  onFailure: "pause",
  blueGreen: { batch: "20%", batchSoak: "0s", soak: "1h" },
};
const WISH = {
  name: "general",
  pool: { ...SPEC.nodePools[0], upgrade: UPGRADE },
  template: NEW,
} as unknown as PoolWish;

const pathOf = (name: string) => `projects/acme-prod/zones/europe-west4-a/instances/${name}`;
const OURS = { reason: "it is outdated", sinceMs: NOW_MS - 60_000 };

function node(name: string, more: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name,
    ready: true,
    unschedulable: more.cordoned !== undefined,
    kubeletVersion: "1.36.4",
    bootId: "",
    labels: {},
    resourceVersion: "7",
    createdMs: 0,
    provenFor: NEW.split("/").at(-1) ?? "",
    ...more,
  };
}
/** Machines by name, each with its template. */
function group(
  machines: Readonly<Record<string, string>> | undefined,
  more: Partial<GroupFacts> = {},
): GroupFacts {
  const listed =
    machines === undefined
      ? {}
      : {
          machines: Object.entries(machines).map(([name, template]) => ({
            path: pathOf(name),
            template,
            going: false,
            running: true,
          })),
        };
  const targetSize = Object.keys(machines ?? {}).length;
  return { path: GROUP, pool: "general", targetSize, template: NEW, stable: true, ...listed, ...more };
}
function cluster(nodes: readonly NodeFacts[], groups: readonly GroupFacts[], more: object = {}): Cluster {
  const machines = nodes.map(({ name }) => pathOf(name));
  return clusterWith({
    facts: { kubernetes: { version: "1.36.4", apiServers: [], nodes }, groups, machines, ...more },
  });
}
function plan(
  seen: Cluster,
  observed: readonly DrainingNode[] = [],
  desired: readonly PoolWish[] = [WISH],
): Plan<NodeCareAction> {
  return nodeCare.plan({ cluster: seen, desired, observed, nowMs: NOW_MS });
}
const verbs = ({ actions }: Plan<NodeCareAction>) =>
  actions.map(({ verb, key }) => `${verb} ${key.split("/").at(-1)}`);
const [A, B, C, D] = [`${BASE}-aaaa`, `${BASE}-bbbb`, `${BASE}-cccc`, `${BASE}-dddd`];
const WEB_BUDGET = {
  metadata: { name: "web", namespace: "default", generation: 1 },
  spec: { selector: { matchLabels: { app: "web" } } },
  status: { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 },
};
const podOf = (name: string, more: object = {}) => ({
  metadata: {
    name,
    namespace: "default",
    uid: `uid-${name}`,
    ownerReferences: [{ kind: "ReplicaSet", name: "web", controller: true }],
    ...more,
  },
  spec: { nodeName: A },
  status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
});

describe("node care", () => {
  it("lets the group grow before the first machine goes", () => {
    const seen = cluster([node(A), node(B)], [group({ [A]: OLD, [B]: OLD })]);
    const { actions } = plan(seen);
    assert.deepEqual(actions, [
      {
        key: GROUP,
        verb: "instanceGroupManagers.resize",
        ref: {
          kind: "instanceGroupManagers",
          project: "acme-prod",
          scope: "zones/europe-west4-a",
          name: BASE,
        },
        body: { size: 3 },
        reason: "pool general gets 1 machine more while 2 of its 2 are replaced",
        cause: "upgrade",
        restsOn: ["machine-groups"],
      },
    ]);
  });

  it("cordons with a note that says whose it is, why and since when", async () => {
    const seen = cluster([node(A), node(B), node(C)], [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
    const { actions, waiting } = plan(seen);
    assert.deepEqual(verbs({ actions, waiting, problems: [] }), [`cordon ${A}`]);
    const api = new FakeApi();
    api.put(`/api/v1/nodes/${A}`, { metadata: { name: A, resourceVersion: "7" }, spec: {} });
    for (const action of actions) await nodeCare.perform(api.cloud, seen, action, "");
    const after = api.objects.get(`/api/v1/nodes/${A}`);
    assert(after !== undefined);
    assert.deepEqual(after["spec"], { unschedulable: true });
    assert.deepEqual(after.metadata.annotations, {
      [CORDON_CAUSE_ANNOTATION]: "upgrade",
      [CORDON_REASON_ANNOTATION]: `${A} is made from an older template of pool general`,
      [CORDON_SINCE_ANNOTATION]: "2026-11-23T12:00:00.000Z",
    });
    const [again] = actions;
    assert(again !== undefined);
    await assert.rejects(nodeCare.perform(api.cloud, seen, again, ""), (error) =>
      isCloudError(error, "stale"),
    );
  });

  it("evicts the pods of a node that it has cordoned, then deletes exactly its machine", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
    const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
    const draining = plan(seen, [{ name: A, pods: [podOf("web-1")], budgets: [] }]);
    assert.deepEqual(verbs(draining), ["evict web-1"]);
    const { actions } = plan(seen, [{ name: A, pods: [], budgets: [] }]);
    assert.deepEqual(
      actions.map(({ key, verb, reason, ...rest }) => ({
        key,
        verb,
        reason,
        body: (rest as { body?: unknown }).body,
      })),
      [
        {
          key: GROUP,
          verb: "instanceGroupManagers.deleteInstances",
          reason: `${A} is made from an older template of pool general; its node is drained`,
          body: { instances: [`https://www.googleapis.com/compute/v1/${pathOf(A)}`] },
        },
      ],
    );
  });

  it("says for which cause a machine is disturbed: of what it does to the node, to its pods and to the machine", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
    const causes = ({ actions }: Plan<NodeCareAction>) => actions.map(({ cause }) => cause);
    const outdated = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
    const drained = { name: A, pods: [], budgets: [] };
    assert.deepEqual(causes(plan(outdated, [{ ...drained, pods: [podOf("web-1")] }])), ["upgrade"]);
    assert.deepEqual(causes(plan(outdated, [drained])), ["upgrade"]);
    const removed = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW }, { pool: "gone" })]);
    assert.deepEqual(causes(plan(removed, [drained])), ["removal"]);
    const returning = [node(A, { cordoned: { ...OURS, cause: "maintenance" } }), node(B)];
    const kept = plan(cluster(returning, [group({ [A]: NEW, [B]: NEW })]), [drained]);
    assert.deepEqual([verbs(kept), causes(kept)], [[`uncordon ${A}`], ["maintenance"]]);
  });

  it("waits for a budget by name, and tells how far the pool is and since when the node is drained", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
    const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
    const held = {
      metadata: { name: "web", namespace: "default" },
      spec: { selector: {} },
      status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 },
    };
    const pods = [podOf("web-1"), podOf("web-2"), podOf("web-3"), podOf("web-4"), podOf("web-5")].map(
      (pod) => ({
        ...pod,
        status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
      }),
    );
    const { actions, waiting } = plan(seen, [{ name: A, pods, budgets: [held] }]);
    assert.deepEqual(actions, []);
    const holds = (name: string) =>
      `budget default/web (wants 1 healthy pods, has 1) holds pod default/${name}`;
    assert.deepEqual(waiting, [
      {
        key: GROUP,
        reason: `node ${A} to be drained, since 2026-11-23T11:59:00.000Z: ${holds("web-1")}, ${holds("web-2")}, ${holds("web-3")}, 2 more`,
        progress: "0 of 2 machines of pool general replaced",
      },
    ]);
  });

  it("drains two nodes at once without asking a budget for more than it allows", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B, { cordoned: OURS }), node(C), node(D)];
    const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW, [D]: NEW })]);
    const wish = { ...WISH, pool: { ...WISH.pool, size: 2, upgrade: { ...UPGRADE, maxSurge: 2 } } };
    const budgets = [WEB_BUDGET];
    const web = (name: string) => podOf(name, { labels: { app: "web" } });
    const found = plan(
      seen,
      [
        { name: A, pods: [web("web-1")], budgets },
        { name: B, pods: [web("web-2")], budgets },
      ],
      [wish as unknown as PoolWish],
    );
    assert.deepEqual(verbs(found), ["evict web-1"]);
    assert.match(found.waiting.map(({ reason }) => reason).join(), /holds pod default\/web-2/);
  });

  it("gives pods their whole time when a command takes a node that was cordoned days ago (S16)", () => {
    const parked = {
      reason: "a noisy disk",
      cause: "command" as const,
      operation: "cordon-1",
      sinceMs: NOW_MS - 3 * 86_400_000,
    };
    const nodes = [node(A, { cordoned: parked }), node(B), node(C)];
    const bare = cluster(nodes, [group({ [A]: NEW, [B]: NEW, [C]: NEW })]);
    const commanded = (begunMs: number): Cluster => {
      const rotate = {
        operation: "rotate-machine-1",
        command: "rotate-machine" as const,
        node: A,
        reason: "",
        requestedBy: "",
        requestedMs: begunMs,
        begunMs,
      };
      return { ...bare, care: { ...NO_CARE, commands: [rotate] } };
    };
    const held = { ...WEB_BUDGET, status: { ...WEB_BUDGET.status, disruptionsAllowed: 0 } };
    const observed = [{ name: A, pods: [podOf("web-1", { labels: { app: "web" } })], budgets: [held] }];
    const forcing = { ...WISH.pool, size: 2, upgrade: { ...UPGRADE, onDrainTimeout: "force" } };
    const wishes = [{ ...WISH, pool: forcing } as unknown as PoolWish];
    const hourMs = 3_600_000;
    assert.deepEqual(verbs(plan(commanded(NOW_MS - hourMs + 1), observed, wishes)), []);
    assert.deepEqual(verbs(plan(commanded(NOW_MS - hourMs), observed, wishes)), ["delete web-1"]);
  });

  it("does not take a commanded machine for gone while machines could not be listed", () => {
    const repair = {
      operation: "repair-1",
      command: "repair" as const,
      node: D,
      reason: "",
      requestedBy: "",
      requestedMs: NOW_MS,
      begunMs: NOW_MS,
    };
    const care = { ...NO_CARE, commands: [repair] };
    const seen = cluster([node(A), node(B)], [group(undefined, { targetSize: 2 })]);
    const blind = clusterWith({
      facts: { ...seen.facts, machines: undefined } as unknown as Cluster["facts"],
    });
    assert.equal(plan({ ...blind, care }).commands, undefined);
    assert.deepEqual(
      plan({ ...seen, care }).commands?.map(({ news }) => news),
      ["succeeded"],
    );
  });

  it("tells a person of two budgets, and waits for the person", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
    const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
    const budgets = ["web", "all"].map((name) => ({
      metadata: { name, namespace: "default" },
      spec: { selector: {} },
    }));
    const { problems, waiting } = plan(seen, [{ name: A, pods: [podOf("web-1")], budgets }]);
    assert.deepEqual(
      problems.map(({ code, key, because }) => `${code} ${key} ${because}`),
      [`blocked /api/v1/nodes/${A} DrainBlocked`],
    );
    assert.match(
      problems[0]?.message ?? "",
      /more than one disruption budget \(default\/web and default\/all\)/,
    );
    assert.equal(waiting.length, 1, "so that it is seen when it is mended");
  });

  it("gives a foreign cordon and a pause their names, for the condition that tells of them", () => {
    const groups = [group({ [A]: OLD, [B]: NEW, [C]: NEW })];
    const foreign = plan(cluster([node(A, { unschedulable: true }), node(B), node(C)], groups));
    assert.deepEqual(
      foreign.problems.map(({ because }) => because),
      ["CordonedByOthers"],
    );
    const pause = { by: "ann", reason: "a demo", sinceMs: NOW_MS, untilMs: NOW_MS + 60_000 };
    const seen = { ...cluster([node(A), node(B), node(C)], groups), care: { ...NO_CARE, pauses: [pause] } };
    assert.deepEqual(
      plan(seen).waiting.map(({ because, untilMs }) => [because, untilMs]),
      [["Paused", NOW_MS + 60_000]],
    );
  });

  it("takes nothing by a template that the group does not have yet", () => {
    const seen = cluster([node(A)], [group({ [A]: NEW }, { template: OLD })]);
    assert.deepEqual(plan(seen), { actions: [], waiting: [], problems: [], disruptions: [] });
  });

  it("takes no machine while another was lost whose node still looks Ready: the cloud knows first (S3)", () => {
    const { machines = [], ...rest } = group({ [A]: OLD, [B]: OLD, [C]: NEW });
    const lost = machines.map((one) => (one.path === pathOf(C) ? { ...one, running: false } : one));
    const seen = cluster([node(A), node(B), node(C)], [{ ...rest, machines: lost }]);
    const { actions, waiting } = plan(seen);
    assert.deepEqual(actions, []);
    assert.match(waiting[0]?.reason ?? "", new RegExp(C));
    const whole = cluster([node(A), node(B), node(C)], [{ ...rest, machines }]);
    assert.deepEqual(verbs(plan(whole)), [`cordon ${A}`]);
  });

  it("restarts what failed, and takes no outdated machine, while the group's new template is awaited (L3)", () => {
    const silent = { ready: false, readiness: "Unknown", readinessSinceMs: NOW_MS - 3_600_000 } as const;
    const startedMs = NOW_MS - 7_200_000;
    const states = [A, B, C].map((name, at) => {
      return [pathOf(name), { instanceId: String(at), status: "RUNNING", startedMs }] as const;
    });
    const groups = [group({ [A]: OLD, [B]: OLD, [C]: OLD }, { template: `${TEMPLATES}/${BASE}-0505050` })];
    const more = { machineStates: new Map(states), care: NO_CARE };
    const seen = cluster([node(A), node(B, silent), node(C)], groups, more);
    assert.deepEqual(verbs(plan(seen)), [`instances.reset ${B}`]);
    assert.deepEqual(verbs(plan(cluster([node(A), node(B), node(C)], groups, more))), []);
  });

  it("never takes a machine whose template it does not know", () => {
    const machines = [{ path: pathOf(A), going: false, running: true }];
    const seen = cluster([node(A), node(B), node(C)], [group(undefined, { machines, targetSize: 1 })]);
    assert.deepEqual(verbs(plan(seen)), []);
  });

  it("knows a node by its provider's id when it bears another name than its machine, so that it is drained too", () => {
    const named = node("custom", { providerId: `gce://acme-prod/europe-west4-a/${A}` });
    const groups = [group({ [A]: OLD, [B]: OLD, [C]: NEW })];
    assert.deepEqual(verbs(plan(cluster([named, node(B), node(C)], groups))), ["cordon custom"]);
    const cordoned = cluster([{ ...named, cordoned: OURS }, node(B), node(C)], groups);
    const { actions } = plan(cordoned, [{ name: "custom", pods: [], budgets: [] }]);
    assert.deepEqual((actions[0] as { body?: unknown }).body, {
      instances: [`https://www.googleapis.com/compute/v1/${pathOf(A)}`],
    });
  });

  it("says why a machine could not be made", () => {
    const { machines = [], ...rest } = group({ [A]: OLD, [B]: NEW });
    const trouble = "ZONE_RESOURCE_POOL_EXHAUSTED: no room";
    const groups = [{ ...rest, machines: machines.map((one, at) => (at === 1 ? { ...one, trouble } : one)) }];
    assert.deepEqual(
      plan(cluster([node(A)], groups)).waiting.map(({ reason }) => reason),
      [`${B} to join, which could not be made: ${trouble}`],
    );
  });

  it("uncordons what it cordoned when the group is in order, but nobody else's", () => {
    const nodes = [node(A, { cordoned: OURS }), node(B, { unschedulable: true })];
    assert.deepEqual(verbs(plan(cluster(nodes, [group(undefined, { targetSize: 2 })]))), [`uncordon ${A}`]);
  });

  it("leaves the Node of a machine that stops or is gone as it is", () => {
    const nodes = [node(A, { cordoned: OURS })];
    const groups = [group(undefined, { targetSize: 2 })];
    assert.deepEqual(plan(cluster(nodes, groups, { machines: [] })).actions, []);
    const stopping = plan(cluster(nodes, groups, { stoppingMachines: [pathOf(A)] }));
    assert.deepEqual(stopping.actions, []);
    assert.deepEqual(
      stopping.waiting.map(({ reason }) => reason),
      [`machine ${A} to be deleted`],
    );
  });

  it("drains a pool that the spec has no more before its machines go", () => {
    const groups = [group({ [A]: NEW, [B]: NEW })];
    assert.deepEqual(verbs(plan(cluster([node(A), node(B)], groups), [], [])), [`cordon ${A}`]);
    const { actions } = plan(
      cluster([node(A, { cordoned: OURS })], groups),
      [{ name: A, pods: [], budgets: [] }],
      [],
    );
    assert.deepEqual(
      actions.map(({ verb }) => verb),
      ["instanceGroupManagers.deleteInstances"],
    );
  });

  it("waits for a group that has not come to rest", () => {
    const seen = cluster([node(A), node(B)], [group({ [A]: NEW, [B]: NEW }, { stable: false })]);
    assert.deepEqual(
      plan(seen).waiting.map(({ reason }) => reason),
      ["the group of pool general to come to rest"],
    );
  });

  it("does nothing for a cluster that goes", () => {
    const seen = { ...cluster([node(A)], [group({ [A]: OLD })]), deleting: true };
    assert.deepEqual(plan(seen), { actions: [], waiting: [], problems: [] });
  });

  it("asks nothing of the API while no node is drained, then for the pods of those nodes alone", async () => {
    const api = new FakeApi();
    assert.deepEqual(await nodeCare.observe(api.cloud, cluster([node(A), node(B)], [])), []);
    assert.deepEqual(api.requests, []);
    const draining = cluster([node(A, { cordoned: OURS }), node(B)], []);
    const [seen] = await nodeCare.observe(api.cloud, draining);
    assert.equal(seen?.name, A);
    assert.deepEqual(
      api.requests.map(({ path }) => path),
      [
        "/apis/policy/v1/poddisruptionbudgets?limit=500",
        `/api/v1/pods?fieldSelector=spec.nodeName%3D${A}&limit=500`,
      ],
    );
  });

  it("waits for the groups to be seen before it wishes for anything", () => {
    const wish = nodeCare.desire(clusterWith());
    assert.deepEqual(wish, { key: "node-care", reason: "a look at the pools' groups" });
  });
});

describe("an eviction", () => {
  const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
  const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
  const [eviction] = plan(seen, [{ name: A, pods: [podOf("web-1")], budgets: [] }]).actions;
  const answering = (status: number, message: string, details?: unknown) => {
    const api = new FakeApi();
    api.intercept = () => ({ status, body: { kind: "Status", message, details } });
    return api;
  };
  const perform = (cloud: CloudWriter) => {
    assert(eviction !== undefined);
    return nodeCare.perform(cloud, seen, eviction, "");
  };

  it("asks for that very pod, through the eviction API (S16)", async () => {
    const api = answering(201, "");
    assert.equal(await perform(api.cloud), "done");
    assert.deepEqual(api.requests, [
      {
        method: "POST",
        path: "/api/v1/namespaces/default/pods/web-1/eviction?fieldManager=clusterwright",
        body: {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name: "web-1", namespace: "default" },
          deleteOptions: { preconditions: { uid: "uid-web-1" } },
        },
      },
    ]);
  });

  it("that a budget refuses is held: no failure, and the next look names the budget", async () => {
    const api = new FakeApi();
    const message = "Cannot evict pod as it would violate the pod's disruption budget.";
    const details = {
      causes: [{ reason: "DisruptionBudget", message: "The disruption budget web needs 2" }],
    };
    api.intercept = () => ({ status: 429, body: { kind: "Status", message, details } });
    assert.equal(await perform(api.cloud), "held");
  });

  it("that the API has no time for is tried again later", async () => {
    const api = answering(429, "Too many requests, please try again later.");
    await assert.rejects(perform(api.cloud), (error) => isCloudError(error, "rate-limited"));
  });

  it("from a namespace on its way out is tried again, and nobody is asked for permissions", async () => {
    const message = "unable to create new content in namespace shop because it is being terminated";
    const ending = answering(403, message, { causes: [{ reason: "NamespaceTerminating" }] });
    await assert.rejects(perform(ending.cloud), (error) => isCloudError(error, "not-ready"));
    for (const details of [undefined, null, { causes: "x" }, { causes: [null, 7, {}] }])
      await assert.rejects(perform(answering(403, "forbidden", details).cloud), (error) =>
        isCloudError(error, "permission-denied"),
      );
  });

  it("of a pod that is gone is no failure", async () => {
    assert.equal(await perform(answering(404, "not found").cloud), "done");
  });
});
