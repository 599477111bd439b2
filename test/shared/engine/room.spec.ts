/** What a document has room for: failures by their importance, lines in their order, and a pace for what is not remembered. */
import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import {
  EVICTIONS_WHEN_FULL,
  FAILURES_BYTES_MAX,
  failuresWithinRoom,
  LINES_BYTES_MAX,
  linesWithinRoom,
  paced,
  STATUS_BYTES_MAX,
  statusWithinRoom,
} from "../../../shared/engine/room.ts";
import { NO_CARE } from "../../../shared/status/care.ts";
import type { Failure } from "../../../shared/status/cluster-status.ts";
import type { Incident } from "../../../shared/status/inbox.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { action } from "../../support/bare-kinds.ts";

const failure = (key: string, length = 1_000): Failure => ({
  key,
  kind: "node-care",
  code: "permission-denied",
  message: "x".repeat(length),
  count: 1,
  firstMs: 0,
  retryAtMs: 1,
});
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => failure(`/api/v1/namespaces/default/pods/web-${at}`));
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe("engine/room", () => {
  it("keeps failures as they are while there is room for them", () => {
    const few = many(3);
    assert.equal(failuresWithinRoom(few), few);
  });

  it("shortens what most of too many failures say before it forgets any", () => {
    const kept = failuresWithinRoom(many(100));
    assert.equal(kept.length, 100);
    assert(bytes(kept) <= FAILURES_BYTES_MAX);
    assert.equal(kept[0]?.message.length, 1_000);
  });

  it("forgets what failed inside of the cluster before what failed in the cloud", () => {
    const cloud = failure("projects/p/zones/z/instances/i");
    const kept = failuresWithinRoom([...many(5_000), cloud]);
    assert.deepEqual(kept[0], cloud);
    assert(bytes(kept) <= FAILURES_BYTES_MAX);
  });

  it("lets a few evictions through, others each second, while more fail than are remembered", () => {
    const due = many(500).map(({ key }) => ({ action: action(key, "evict") }));
    const others = [{ action: action("projects/p/zones/z/instances/i", "delete") }];
    const full = failuresWithinRoom(many(500));
    const seen = new Set<string>();
    for (let second = 0; second < 63; second += 1) {
      const now = paced([...due, ...others], full, second * 1_000);
      assert.equal(now.length, EVICTIONS_WHEN_FULL + 1);
      for (const { action: one } of now) seen.add(one.key);
    }
    assert.equal(seen.size, 501, "each has its turn");
    assert.equal(paced(due, many(3), 0), due);
  });

  it("makes a status small enough to be saved, and keeps what decisions rest on for longest", () => {
    const status = newStatus(createSeededChance(1));
    assert.equal(statusWithinRoom(status), status);
    const repair = (at: number) =>
      ({ pool: "general", machine: `m-${at}`, step: "recreate", atMs: at, reason: "x".repeat(900) }) as const;
    const incident = (at: number): Incident => ({
      id: `i-${at}`,
      kind: "host-error",
      method: "compute.instances.hostError",
      machine: "m",
      instanceId: "1",
      atMs: at,
      receivedMs: at,
      message: "x".repeat(900),
    });
    const care = {
      ...NO_CARE,
      repairs: Array.from({ length: 100 }, (_, at) => repair(at)),
      incidents: Array.from({ length: 50 }, (_, at) => incident(at)),
    };
    const full = { ...status, care, failures: many(30), endpoint: "x".repeat(130_000) };
    const kept = statusWithinRoom(full);
    assert(bytes(kept) <= STATUS_BYTES_MAX);
    assert.equal(kept.care?.incidents.at(-1)?.id, "i-49");
    assert.equal(kept.care?.repairs.at(-1)?.machine, "m-99");
    assert.equal(statusWithinRoom({ ...full, endpoint: "x".repeat(60_000) }).care?.repairs.length, 100);
  });

  it("has room for a day in which a hundred slots were tried again and again, and keeps those tried most", () => {
    const status = newStatus(createSeededChance(1));
    const earlierMs = Array.from({ length: 16 }, (_, at) => 1_790_000_000_000 + at);
    const repairs = Array.from({ length: 100 }, (_, at) => ({
      pool: "general",
      machine: `projects/demo-project/zones/europe-west4-a/instances/quickstart-ab12cd-n-general-${at}`,
      slot: `projects/demo-project/zones/europe-west4-a/instances/quickstart-ab12cd-n-general-first-${at}`,
      instanceId: "1234567890123456789",
      step: "recreate" as const,
      atMs: 1_790_000_100_000 + at,
      reason: "x".repeat(900),
      ...(at === 40 ? { earlierMs } : { earlierMs: earlierMs.slice(1) }),
    }));
    const full = { ...status, care: { ...NO_CARE, repairs }, endpoint: "x".repeat(160_000) };
    const kept = statusWithinRoom(full);
    assert(bytes(kept) <= STATUS_BYTES_MAX);
    assert.match(kept.care?.repairs[0]?.machine ?? "", /-40$/);
    assert.match(kept.care?.repairs.at(-1)?.machine ?? "", /-99$/);
  });

  it("cuts the lines of a record, and says how many there were", () => {
    const line = { level: "warning", verb: "failed", key: "pods/web", message: "x".repeat(2_000) } as const;
    const lines = Array.from({ length: 200 }, () => line);
    const kept = linesWithinRoom(lines);
    assert(bytes(kept) < LINES_BYTES_MAX + 1_000);
    assert.match(kept.at(-1)?.message ?? "", new RegExp(`^${201 - kept.length} more lines`));
    assert.equal(linesWithinRoom(lines.slice(0, 3)).length, 3);
  });
});
