/** The documents around a cluster have schemas that accept what is right and name what is not. */
import assert from "node:assert/strict";
import type { z } from "zod";
import { clusterDocumentSchema } from "../../../shared/status/cluster-document.ts";
import { type ClusterStatus, clusterStatusSchema } from "../../../shared/status/cluster-status.ts";
import {
  EVENT_LIFETIME_MS,
  type EventRecord,
  eventExpiry,
  eventRecordSchema,
} from "../../../shared/status/event-record.ts";
import { type OperationRecord, operationRecordSchema } from "../../../shared/status/operation-record.ts";
import { clusterSpec } from "../spec/cluster-documents.ts";

const STATUS: ClusterStatus = {
  schemaVersion: 1,
  uid: "ab12cd",
  phase: "Provisioning",
  conditions: [],
  generation: 1,
  specHash: "5f",
  seenHash: "5f",
  accepted: clusterSpec(),
  pins: {
    kubernetesVersion: "1.36.4",
    images: { "ubuntu-24.04": "projects/ubuntu-os-cloud/global/images/i" },
    initialised: false,
  },
  deleting: false,
  readyGeneration: 0,
  inventory: [{ kind: "networks", desired: 1, observed: 1, settled: true }],
  nodes: { desired: 3, ready: 0, total: 0 },
  inFlight: [],
  failures: [],
  attempts: { "projects/p/global/networks/n": { count: 1, lastMs: 1 } },
  lease: { holder: "pass-1", untilMs: 1000, epoch: 4, dirty: false },
  wakeAtMs: 2000,
  unsettledSinceMs: 1,
  operation: "op-1",
};
const OPERATION: OperationRecord = {
  schemaVersion: 1,
  id: "op-1",
  uid: "abc123",
  type: "create",
  generation: 1,
  cause: "spec",
  startedMs: 1,
  endedMs: null,
  result: "running",
  steps: [{ kind: "networks", done: 1, total: 1, settled: true }],
  message: "Waiting for machines.",
};
const EVENT: EventRecord = {
  schemaVersion: 1,
  atMs: 1,
  uid: "abc123",
  epoch: 4,
  cause: "spec",
  lines: [
    {
      level: "info",
      verb: "insert",
      key: "projects/p/global/networks/n",
      message: "no network of that name",
    },
  ],
  expireAt: eventExpiry(1),
};

function wrongPaths(schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join("."));
}

describe("documents around a cluster", () => {
  it("are accepted as the engine writes them, after a trip through a store too", () => {
    for (const [schema, value] of [
      [clusterStatusSchema, STATUS],
      [operationRecordSchema, OPERATION],
      [eventRecordSchema, EVENT],
    ] as const) {
      assert.deepEqual(wrongPaths(schema, JSON.parse(JSON.stringify(value))), []);
    }
  });
  it("are refused with a uid, a phase or a field that there is not", () => {
    assert.deepEqual(wrongPaths(clusterStatusSchema, { ...STATUS, uid: "../../" }), ["uid"]);
    assert.deepEqual(wrongPaths(clusterStatusSchema, { ...STATUS, phase: "Happy" }), ["phase"]);
    assert.deepEqual(wrongPaths(clusterStatusSchema, { ...STATUS, secret: "x" }), [""]);
    assert.deepEqual(wrongPaths(operationRecordSchema, { ...OPERATION, type: "dance" }), ["type"]);
    assert.deepEqual(wrongPaths(eventRecordSchema, { ...EVENT, expireAt: "soon" }), ["expireAt"]);
  });
  it("a cluster document carries whatever was written as its spec, and a tombstone that must be whole", () => {
    assert.deepEqual(wrongPaths(clusterDocumentSchema, { spec: "nonsense" }), []);
    const deletion = {
      uid: "ab12cd",
      requestedAt: "2026-11-23T12:00:00Z",
      requestedBy: "someone@example.com",
    };
    assert.deepEqual(wrongPaths(clusterDocumentSchema, { spec: {}, deletion }), []);
    assert.deepEqual(wrongPaths(clusterDocumentSchema, { spec: {}, deletion: { uid: "AB" } }), [
      "deletion.uid",
    ]);
    assert.deepEqual(wrongPaths(clusterDocumentSchema, { spec: {}, deletion: true }), ["deletion"]);
  });
  it("events may be forgotten after thirty days", () => {
    assert.equal(EVENT_LIFETIME_MS, 30 * 24 * 3_600_000);
    assert.equal(eventExpiry(Date.parse("2026-11-23T12:00:00Z")), "2026-12-23T12:00:00.000Z");
  });
});
