/** Nodes of which the cluster's own API says what cannot be: no pass dies of it, and what fails is mended all the same. */
import assert from "node:assert/strict";
import type { KubernetesRequest } from "../../shared/ports/kubernetes.ts";
import type { Body } from "../support/cluster-sight.ts";
import { repairStage, said, settles } from "./repair-stage.ts";
import { ID, type Stage, stage } from "./rollout-stage.ts";

const LATEST = "+275760-09-13T00:00:00.000Z";
const PAGE = "x".repeat(250_000);
const OURS = { "clusterwright.dev/cordoned-because": "x", "clusterwright.dev/cordoned-since": LATEST };
const ready = ({ status }: Body) => status.conditions.find((one: Body) => one["type"] === "Ready");

const SPOILED: readonly (readonly [string, (node: Body) => void])[] = [
  [
    "not Ready since the end of time",
    (node) => Object.assign(ready(node), { status: "False", lastTransitionTime: LATEST }),
  ],
  [
    "in trouble since the end of time",
    ({ status }) =>
      status.conditions.push({ type: "KernelDeadlock", status: "True", lastTransitionTime: LATEST }),
  ],
  [
    "made and drained at the end of time",
    (node) => {
      Object.assign(node["metadata"], { creationTimestamp: LATEST });
      Object.assign(node["metadata"].annotations, OURS, { "clusterwright.dev/drained-since": LATEST });
      Object.assign(node.spec, { unschedulable: true });
    },
  ],
  [
    "cordoned for reasons of 250 KB",
    (node) => {
      const since = { "clusterwright.dev/cordoned-since": "2026-11-01T12:00:00Z" };
      Object.assign(node["metadata"].annotations, {
        ...OURS,
        ...since,
        "clusterwright.dev/cordoned-because": PAGE,
      });
      Object.assign(node["metadata"].annotations, {
        "clusterwright.dev/cordoned-by-operation": `drain-${PAGE}`,
      });
      Object.assign(node["metadata"].labels, { "clusterwright-pool": PAGE });
      Object.assign(node.spec, { unschedulable: true });
    },
  ],
  [
    "of a version of 250 KB",
    ({ status }) => Object.assign(status.nodeInfo, { kubeletVersion: PAGE, bootID: PAGE }),
  ],
];

/** From now on the API says so of the first of the pool's nodes; the answer ends it. */
function spoil(on: Stage, how: (node: Body) => void): () => void {
  return answering(on, (nodes) => {
    const node = nodes.find(({ metadata }) => /-n-general-/.test(metadata.name));
    if (node !== undefined) how(node);
  });
}
/** From now on what it lists of nodes is changed so. */
function answering({ plane }: Stage, change: (nodes: Body[]) => void): () => void {
  const { kubernetes } = plane.engine.cloud;
  const ask = kubernetes.request;
  const request = async (access: Parameters<typeof ask>[0], call: KubernetesRequest) => {
    const answer = await ask.call(kubernetes, access, call);
    if (call.method !== "GET" || !call.path.startsWith("/api/v1/nodes?")) return answer;
    const copy = structuredClone(answer) as typeof answer & { body: { items: Body[] } };
    change(copy.body.items);
    return copy;
  };
  Object.assign(kubernetes, { request });
  return () => Object.assign(kubernetes, { request: ask });
}

describe("a cluster whose API says of a node that it is", function () {
  this.timeout(120_000);
  let on: Stage;
  before(async () => {
    on = await stage({ upgrade: { strategy: "blue-green" } });
    await on.plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
  });

  for (const [what, how] of SPOILED)
    it(`${what} is looked after all the same`, async () => {
      const end = spoil(on, how);
      for (let turn = 0; turn < 5; turn += 1) {
        await on.plane.clock.advance(20_000);
        await on.plane.pass(ID, "test");
      }
      const status = await on.cluster.status();
      end();
      assert.equal(status.lease?.untilMs, 0, "the pass could save what it found");
      assert(JSON.stringify(status).length < 60_000);
    });

  it("not there, and none of the others either, loses no machine (S4)", async () => {
    const repairs = await repairStage({ size: 1 });
    await repairs.pass(30);
    const before = repairs.names();
    const end = answering(repairs, (nodes) => nodes.splice(0));
    for (let turn = 0; turn < 10; turn += 1) {
      await repairs.pass(10);
      await repairs.plane.pass(ID, "test");
    }
    assert.deepEqual(await repairs.deeds(), []);
    assert.match((await said(repairs))?.message ?? "", /lists none of the nodes that it runs on/);
    end();
    await settles(repairs);
    assert.deepEqual(repairs.names(), before);
  });

  it("silent since the year 9999, for its clock is broken, repairs it (L3)", async () => {
    const repairs = await repairStage();
    const [name = ""] = repairs.names();
    const end = spoil(repairs, (node) =>
      Object.assign(ready(node), { status: "Unknown", lastTransitionTime: "9998-12-31T23:59:59Z" }),
    );
    await repairs.pass(15);
    end();
    assert.equal((await repairs.deeds())[0], `instances.reset ${name}`);
  });
});
