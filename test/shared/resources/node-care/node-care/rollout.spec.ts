/** Which machines of a pool are taken next, for which cause, and which never are. */
import assert from "node:assert/strict";
import {
  CORDON_CAUSE_ANNOTATION,
  CORDON_REASON_ANNOTATION,
  CORDON_SINCE_ANNOTATION,
} from "../../../../../shared/nodes/cordon.ts";
import { isCloudError } from "../../../../../shared/ports/cloud-error.ts";
import type { NodeCareAction } from "../../../../../shared/resources/node-care/action.ts";
import { nodeCare } from "../../../../../shared/resources/node-care/node-care.ts";
import type { Plan } from "../../../../../shared/resources/resource.ts";
import { NO_CARE } from "../../../../../shared/status/care.ts";
import { FakeApi } from "../../kubernetes/fake-api.ts";
import {
  A,
  B,
  BASE,
  C,
  cluster,
  GROUP,
  group,
  NEW,
  NOW_MS,
  node,
  OLD,
  OURS,
  pathOf,
  plan,
  podOf,
  TEMPLATES,
  verbs,
} from "./scene.ts";

describe("node care of a rollout", () => {
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

  it("does nothing for a cluster that goes", () => {
    const seen = { ...cluster([node(A)], [group({ [A]: OLD })]), deleting: true };
    assert.deepEqual(plan(seen), { actions: [], waiting: [], problems: [] });
  });
});
