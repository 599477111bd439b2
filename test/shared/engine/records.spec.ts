import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import { eventRecord, operationRecord, superseded } from "../../../shared/engine/records.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";

const EMPTY = newStatus(createSeededChance(1));
const NOW_MS = 50_000;
const status = (changes: Partial<ClusterStatus>): ClusterStatus => ({ ...EMPTY, generation: 1, ...changes });
const record = (before: Partial<ClusterStatus>, after: Partial<ClusterStatus>, gone = false) =>
  operationRecord(status(before), status(after), "test", gone, NOW_MS);

describe("engine/records", () => {
  const running = { unsettledSinceMs: 1_000 };
  const TABLE: readonly (readonly [
    string,
    Partial<ClusterStatus>,
    Partial<ClusterStatus>,
    string | undefined,
  ])[] = [
    ["a cluster that never was Ready is created", {}, running, "create-1"],
    ["a newer generation is an update", { readyGeneration: 1 }, { ...running, generation: 2 }, "update-2"],
    [
      "trouble in a settled cluster is a repair, named by its beginning",
      { readyGeneration: 1 },
      running,
      "repair-rs",
    ],
    [
      "the same repair keeps its name",
      { readyGeneration: 1, operation: "repair-first" },
      { ...running, unsettledSinceMs: 7 },
      "repair-first",
    ],
    [
      "a repair that ended before it had a record has its own name all the same",
      { readyGeneration: 1, unsettledSinceMs: 1_000 },
      { readyGeneration: 1 },
      "repair-rs",
    ],
    ["a cluster that goes is deleted", { readyGeneration: 1 }, { ...running, deleting: true }, "delete-1"],
    ["a settled one leaves none", { readyGeneration: 1 }, { readyGeneration: 1 }, undefined],
    ["nor does one that was never accepted", { generation: 0 }, { generation: 0, ...running }, undefined],
  ];
  for (const [what, before, after, id] of TABLE) it(what, () => assert.equal(record(before, after)?.id, id));

  it("ends with what was under way, and begins when that began", () => {
    const before = { operation: "create-1", unsettledSinceMs: 1_000 };
    assert.deepEqual([record(before, running)?.result, record(before, running)?.endedMs], ["running", null]);
    const ended = record(before, { unsettledSinceMs: null });
    assert.deepEqual([ended?.result, ended?.startedMs, ended?.endedMs], ["succeeded", 1_000, NOW_MS]);
    assert.equal(record(before, running, true)?.result, "succeeded", "gone is the end of a deletion");
  });

  it("counts what is done kind by kind; a deletion counts what is left", () => {
    const inventory = [{ kind: "disks", desired: 3, observed: 5, settled: false }];
    assert.deepEqual(record({}, { ...running, inventory })?.steps, [
      { kind: "disks", done: 3, total: 3, settled: false },
    ]);
    assert.deepEqual(record({}, { ...running, inventory, deleting: true })?.steps, [
      { kind: "disks", done: 0, total: 5, settled: false },
    ]);
  });

  it("says what a cluster waits for that serves all the while", () => {
    const common = { reason: "Excluded", lastTransitionTime: "", observedGeneration: 2 } as const;
    const message = "Waiting for the end of exclusion sale.";
    const conditions = [
      { type: "Ready", status: "True", message: "", ...common },
      { type: "UpToDate", status: "False", message, ...common },
    ] as const;
    assert.equal(record({ readyGeneration: 1 }, { ...running, generation: 2, conditions })?.message, message);
  });

  it("is closed when a newer one takes over", () => {
    const older = record({}, running);
    assert.ok(older !== undefined);
    assert.deepEqual(superseded(older, 9), {
      ...older,
      result: "superseded",
      endedMs: 9,
      expireAt: "1971-02-05T00:00:00.009Z",
    });
  });

  it("keeps operations that ended for 400 days, and those that run until they end", () => {
    const ended = record({ operation: "create-1", unsettledSinceMs: 1_000 }, { unsettledSinceMs: null });
    assert.equal(Date.parse(ended?.expireAt ?? "") - NOW_MS, 400 * 86_400_000);
    assert.equal(record({}, running)?.expireAt, undefined);
  });

  it("keeps events for thirty days", () => {
    const event = eventRecord([], { uid: "abc123", epoch: 4 }, "test", 0);
    assert.equal(new Date(event.expireAt).toISOString(), "1970-01-31T00:00:00.000Z");
  });
});
