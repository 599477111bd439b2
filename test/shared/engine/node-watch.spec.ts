import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Engine } from "../../../shared/engine/engine.ts";
import { ailingAmong } from "../../../shared/engine/node-watch.ts";
import {
  type KubernetesAccess,
  type KubernetesTransport,
  KubernetesUnreachable,
} from "../../../shared/ports/kubernetes.ts";
import { fakeWorld } from "../../support/fake-engine.ts";

const ACCESS = { marker: "known" } as unknown as KubernetesAccess;
const served = (ready: string, more: readonly object[] = []) => ({
  metadata: { name: "n-1" },
  status: { conditions: [{ type: "Ready", status: ready }, ...more] },
});

/** Control-plane machines, all Ready. */
const members = (count: number) =>
  Array.from({ length: count }, (_, number) => ({
    ...served("True"),
    metadata: { name: `cp-${number}`, labels: { "node-role.kubernetes.io/control-plane": "" } },
  }));
const pod = (component: string, number: number, ready = "True") => ({
  metadata: { name: `${component}-cp-${number}`, labels: { component } },
  spec: { nodeName: `cp-${number}` },
  status: { conditions: [{ type: "Ready", status: ready }] },
});
const etcds = [0, 1, 2].map((number) => pod("etcd", number));
const apiServers = [0, 1, 2].map((number) => pod("kube-apiserver", number));

function engineOver(answer: (path: string) => unknown): {
  readonly engine: Engine;
  readonly asked: string[];
} {
  const { engine } = fakeWorld([]);
  const asked: string[] = [];
  const kubernetes: KubernetesTransport = {
    request: async (_access, { path }) => {
      asked.push(path);
      return { status: 200, body: answer(path) };
    },
  };
  return { engine: { ...engine, cloud: { ...engine.cloud, kubernetes } }, asked };
}
const list = (...items: readonly object[]) => ({ kind: "NodeList", apiVersion: "v1", items });
const RESTING = new Map([["a", { uid: "aaaaaa" }]]);

describe("the watch over clusters at rest", () => {
  const table: readonly (readonly [string, () => unknown, readonly string[]])[] = [
    ["all nodes are Ready", () => list(served("True")), []],
    ["a node is silent", () => list(served("True"), served("Unknown")), ["a"]],
    [
      "a node reports a deadlocked kernel",
      () => list(served("True", [{ type: "KernelDeadlock", status: "True" }])),
      ["a"],
    ],
    [
      "a node is short of memory",
      () => list(served("True", [{ type: "MemoryPressure", status: "True" }])),
      [],
    ],
    [
      "the API does not answer",
      () => {
        throw new KubernetesUnreachable("connection refused");
      },
      ["a"],
    ],
  ];
  for (const [what, answer, expected] of table)
    it(`asks once, and ${expected.length === 0 ? "lets it rest" : "wants a pass"}: ${what}`, async () => {
      const { engine, asked } = engineOver(answer);
      engine.memory.rests("aaaaaa", ACCESS);
      assert.deepEqual(await ailingAmong(engine, RESTING), expected);
      assert.equal(asked.length, 1);
      assert.match(asked[0] ?? "", /^\/api\/v1\/nodes\?/);
    });

  for (const [what, pods, expected] of [
    ["all of its parts are Ready", [...etcds, ...apiServers], []],
    ["an API server is not", [...etcds, ...apiServers.slice(1), pod("kube-apiserver", 0, "False")], ["a"]],
    ["an etcd is not even reported", [...etcds.slice(1), ...apiServers], ["a"]],
  ] as const)
    it(`asks a control plane of three once more, and ${expected.length === 0 ? "lets it rest" : "wants a pass"}: ${what}`, async () => {
      const { engine, asked } = engineOver((path) => list(...(path.includes("/pods") ? pods : members(3))));
      engine.memory.rests("aaaaaa", ACCESS);
      assert.deepEqual(await ailingAmong(engine, RESTING), expected);
      assert.match(asked[1] ?? "", /\/kube-system\/pods\?labelSelector=component(%20|\+)in/);
      assert.equal(asked.length, 2);
    });

  it("does not ask the only control-plane machine whether it answers", async () => {
    const { engine, asked } = engineOver(() => list(...members(1)));
    engine.memory.rests("aaaaaa", ACCESS);
    assert.deepEqual(await ailingAmong(engine, RESTING), []);
    assert.equal(asked.length, 1);
  });

  it("wants a pass when there are fewer nodes, or more, than when the cluster came to rest", async () => {
    const { engine } = engineOver(() => list(served("True"), served("True")));
    for (const [nodes, expected] of [
      [3, ["a"]],
      [2, []],
      [1, ["a"]],
      [undefined, []],
    ] as const) {
      engine.memory.rests("aaaaaa", ACCESS, nodes);
      assert.deepEqual(await ailingAmong(engine, RESTING), expected, `${nodes} nodes`);
    }
  });

  it("has a pass show it a cluster that it does not know, and asks nothing of one without an API", async () => {
    const { engine, asked } = engineOver(() => list());
    assert.deepEqual(await ailingAmong(engine, RESTING), ["a"]);
    engine.memory.rests("aaaaaa", undefined);
    assert.deepEqual(await ailingAmong(engine, RESTING), []);
    assert.deepEqual(asked, []);
  });
});
