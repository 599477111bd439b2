import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { explainNode, explainOperation } from "../../../shared/explain/explain.ts";
import type { EventLine, EventRecord, OperationRecord } from "../../../shared/status/cluster-status.ts";

const NODE = "shop-ab12cd-general-x7k2";
const MACHINE = `projects/p/zones/z/instances/${NODE}`;
const START_MS = Date.parse("2026-11-01T12:00:00Z");

function record(second: number, cause: string, lines: readonly Partial<EventLine>[]): EventRecord {
  const whole = lines.map((line) => ({
    level: "info" as const,
    verb: "patch",
    key: MACHINE,
    message: "",
    ...line,
  }));
  const atMs = START_MS + second * 1_000;
  return {
    schemaVersion: 1,
    atMs,
    uid: "ab12cd",
    epoch: second,
    cause,
    lines: whole,
    expireAt: "2026-12-01T12:00:00.000Z",
  };
}
const RECORDS = [
  record(3, "carry on", [
    { verb: "cordon", key: `/api/v1/nodes/${NODE}`, message: "silent for 10 min", cause: "repair" },
    { verb: "insert", key: "projects/p/global/firewalls/f", message: "missing" },
  ]),
  record(1, "machine event", [{ verb: "incident", message: "host-error: terminated" }]),
  record(5, "carry on", [
    { verb: "evict", key: "/api/v1/namespaces/shop/pods/web-1", message: `node ${NODE} is being drained` },
  ]),
  record(6, "carry on", [{ verb: "failed", message: "stockout: no room", level: "warning" }]),
  record(7, "a command", [
    { verb: "failed", key: "shop-typo", message: `there is no node shop-typo; the nodes are ${NODE}` },
  ]),
  record(7, "carry on", [{ verb: "cordon", key: `/api/v1/nodes/${NODE}2`, message: "another node" }]),
];
const STATUS = { conditions: [], failures: [], inFlight: [] };

describe("explain", () => {
  it("tells of a node what was heard, done and failed, oldest first, and of no other node", () => {
    const { passes } = explainNode(NODE, RECORDS, STATUS);
    assert.deepEqual(
      passes.flatMap(({ wokenBy, steps }) =>
        steps.map(({ is, verb, why, cause }) => [wokenBy, is, verb, why, cause]),
      ),
      [
        ["machine event", "heard", "incident", "host-error: terminated", undefined],
        ["carry on", "did", "cordon", "silent for 10 min", "repair"],
        ["carry on", "did", "evict", `node ${NODE} is being drained`, undefined],
        ["carry on", "failed", "failed", "stockout: no room", undefined],
      ],
    );
  });

  it("ends the story of a node with the cluster that is Ready again, once, and not with what was Ready before", () => {
    const ready = (second: number, message: string) =>
      record(second, "look again", [{ verb: "ready", key: "cluster", message }]);
    const records = [ready(9, "Ready again: 4 of 4 nodes"), ready(10, "generation 2 is Ready"), ...RECORDS];
    const { passes } = explainNode(NODE, [ready(0, "generation 1 is Ready"), ...records], STATUS);
    const told = passes.flatMap(({ steps }) => steps.filter(({ key }) => key === "cluster"));
    assert.deepEqual(
      told.map(({ is, why }) => [is, why]),
      [["became", "Ready again: 4 of 4 nodes"]],
    );
  });

  it("says where it stands: conditions, operations under way and failures that name it", () => {
    const { now } = explainNode(NODE, [], {
      conditions: [
        {
          type: "UpToDate",
          status: "False",
          reason: "Waiting",
          message: `Waiting for node ${NODE} to be drained.`,
          lastTransitionTime: "2026-11-01T12:00:00Z",
          observedGeneration: 1,
        },
      ],
      inFlight: [
        {
          key: MACHINE,
          kind: "node-care",
          verb: "delete",
          operation: "o",
          startedMs: 0,
          reason: "it failed",
        },
      ],
      failures: [
        {
          key: MACHINE,
          kind: "node-care",
          code: "stockout",
          message: "no room",
          count: 2,
          firstMs: 0,
          retryAtMs: START_MS,
        },
      ],
    });
    assert.deepEqual(now, [
      `UpToDate (Waiting): Waiting for node ${NODE} to be drained.`,
      "delete is under way: it failed",
      "failed 2 times (stockout): no room; next try 2026-11-01T12:00:00.000Z",
    ]);
  });

  it("tells of an operation all that happened while it ran and what names it else, oldest first", () => {
    const operation: OperationRecord = {
      schemaVersion: 1,
      id: "repair-m1",
      uid: "ab12cd",
      type: "repair",
      generation: 1,
      cause: "machine event",
      startedMs: START_MS + 2_000,
      endedMs: START_MS + 5_000,
      result: "succeeded",
      steps: [],
      message: "",
    };
    const asked = record(1, "command", [
      { verb: "command", key: NODE, message: "repair asked for (operation repair-m1)" },
    ]);
    const told = record(6, "look again", [
      { verb: "succeeded", key: NODE, message: "repair (operation repair-m1): it is well" },
      { verb: "evict", key: "pods/web-1" },
    ]);
    const others: EventRecord = { ...record(4, "x", [{}]), uid: "zz99zz" };
    const { passes, now } = explainOperation(operation, [
      ...RECORDS.slice(0, 1),
      ...RECORDS.slice(2),
      asked,
      told,
      others,
    ]);
    assert.deepEqual(
      passes.map(({ epoch, steps }) => [epoch, steps.length]),
      [
        [1, 1],
        [3, 2],
        [5, 1],
        [6, 1],
      ],
    );
    assert.deepEqual(now, [
      'succeeded, begun 2026-11-01T12:00:02.000Z by "machine event", ended 2026-11-01T12:00:05.000Z',
    ]);
  });
});
