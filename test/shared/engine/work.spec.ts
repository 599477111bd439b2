/** How a status follows what was tried: attempts, failures and their waits, operations and their ends. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { newStatus } from "../../../shared/engine/admit.ts";
import {
  ATTEMPT_KEPT_MS,
  backingOff,
  blockedZones,
  failed,
  finishedAttempt,
  forgetStale,
  OPERATION_ALARM_MS,
  operationPath,
  performed,
  REPAIRS_KEPT_MAX,
  raiseAlarms,
  settleOperations,
  type Work,
} from "../../../shared/engine/work.ts";
import { CLOUD_ERROR_CODES, CloudError } from "../../../shared/ports/cloud-error.ts";
import type { Operation } from "../../../shared/ports/compute-types.ts";
import type { Repair } from "../../../shared/status/care.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { action } from "../../support/bare-kinds.ts";

const FRESH: Work = { status: newStatus(createSeededChance(1)), lines: [] };
const KEY = "projects/p/zones/europe-west4-b/instances/i";
const AT = { key: KEY, kind: "control-plane" };
const LINK = "https://compute.googleapis.com/compute/v1/projects/p/zones/z/operations/o1";
const operation = (changes: Partial<Operation> = {}): Operation => ({
  name: "o1",
  selfLink: LINK,
  status: "RUNNING",
  ...changes,
});
const begun = (verb = "insert", nowMs = 0): Work =>
  performed(
    FRESH,
    { action: action(KEY, verb), kind: AT.kind, started: { operation: operation() } },
    nowMs,
    0,
  );
/** Each operation under way was asked after. */
const settled = (work: Work, operations: readonly Operation[], nowMs: number, fraction: number): Work =>
  settleOperations(work, work.status.inFlight, operations, nowMs, fraction);
const attemptsOf = ({ status }: Work): number => status.attempts[KEY]?.count ?? 0;

describe("engine/work", () => {
  it("remembers an operation by its path until it has ended, and counts the attempt only then (S10)", () => {
    const running = begun();
    assert.deepEqual(
      running.status.inFlight.map((flight) => [flight.key, flight.operation]),
      [[KEY, "projects/p/zones/z/operations/o1"]],
    );
    assert.equal(attemptsOf(running), 0, "a repeat of it must be the same request");
    assert.equal(settled(running, [operation()], 1, 0), running, "it goes on");
    const done = settled(running, [operation({ status: "DONE" })], 1, 0);
    assert.deepEqual([done.status.inFlight, attemptsOf(done)], [[], 1]);
  });

  it("remembers the repairs of a machine that fails again and again, whatever else of a large pool is repaired (S13)", () => {
    const repairing = (work: Work, machine: string, step: Repair["step"], atMs: number): Work => {
      const repair: Repair = {
        pool: "general",
        machine,
        instanceId: "1",
        step,
        atMs,
        reason: "it is silent",
      };
      return performed(
        work,
        { action: { ...action(machine, "instances.reset"), repair }, kind: "node-care", started: "done" },
        atMs,
        0,
      );
    };
    let work = FRESH;
    for (let at = 0; at < 3 * REPAIRS_KEPT_MAX; at += 1) {
      work = repairing(work, `m-${at}`, at % 2 === 0 ? "restart" : "recreate", at * 60_000);
      if (at === 1 || at === 100) work = repairing(work, "m-bad", "recreate", at * 60_000 + 1);
    }
    const repairs = work.status.care?.repairs ?? [];
    assert.equal(repairs.length, REPAIRS_KEPT_MAX);
    assert.equal(repairs.at(-1)?.machine, `m-${3 * REPAIRS_KEPT_MAX - 1}`, "the newest is last");
    const bad = repairs.find(({ machine }) => machine === "m-bad");
    assert.deepEqual([bad?.earlierMs, bad?.atMs], [[60_001], 6_000_001]);
  });

  it("takes an operation that the cloud no longer knows for ended: the next look tells how", () => {
    const done = settled(begun(), [], 1, 0);
    assert.deepEqual([done.status.inFlight, attemptsOf(done), done.status.failures], [[], 1, []]);
  });

  it("waits after an operation that failed, and the next try is a new request", () => {
    const error = { errors: [{ code: "QUOTA_EXCEEDED", message: "full" }] };
    const after = settled(begun(), [operation({ status: "DONE", error })], 5, 0);
    assert.deepEqual(
      after.status.failures.map(({ code, count }) => [code, count]),
      [["quota-exceeded", 1]],
    );
    assert.equal(attemptsOf(after), 1);
    assert.deepEqual([...backingOff(after.status, 5)], [KEY]);
    assert.deepEqual([...backingOff(after.status, after.status.failures[0]?.retryAtMs ?? 0)], []);
  });

  it("does not wait for what a clock that was an hour ahead has put off", () => {
    const hourMs = 3_600_000;
    const quota = new CloudError("quota-exceeded", "full");
    const put = (nowMs: number) => failed(FRESH, AT, quota, nowMs, 1).status;
    assert.deepEqual([...backingOff(put(hourMs), hourMs)], [KEY]);
    assert.deepEqual([...backingOff(put(hourMs), 0)], []);
  });

  it("is content with a delete of what is gone, told at once or by the operation", () => {
    const error = new CloudError("not-found", "gone");
    const told = performed(FRESH, { action: action(KEY, "delete"), kind: AT.kind, error }, 0, 0);
    assert.deepEqual([told.status.failures, attemptsOf(told)], [[], 1]);
    const late = {
      status: "DONE" as const,
      error: { errors: [{ code: "RESOURCE_NOT_FOUND", message: "gone" }] },
    };
    assert.deepEqual(settled(begun("delete"), [operation(late)], 1, 0).status.failures, []);
    assert.equal(settled(begun("insert"), [operation(late)], 1, 0).status.failures.length, 1);
  });

  it("counts the same trouble up and says it once; other trouble begins anew", () => {
    const quota = new CloudError("quota-exceeded", "full");
    const once = failed(FRESH, AT, quota, 1_000, 0);
    const twice = failed(once, AT, quota, 90_000, 0);
    const other = failed(twice, AT, new CloudError("unavailable", "503"), 200_000, 0);
    assert.deepEqual(
      [once, twice, other].map(({ status }) => [status.failures[0]?.count, status.failures[0]?.firstMs]),
      [
        [1, 1_000],
        [2, 1_000],
        [1, 200_000],
      ],
    );
    assert.deepEqual(
      [once, twice, other].map(({ lines }) => lines.length),
      [1, 1, 2],
    );
  });

  it("forgets the trouble when the thing succeeds", () => {
    const before = failed(FRESH, AT, new CloudError("stockout", "full"), 0, 0);
    const after = performed(before, { action: action(KEY), kind: AT.kind, started: "done" }, 1, 0);
    assert.deepEqual(after.status.failures, []);
  });

  it("tells nothing of what somebody else did not let happen, and counts it as no failure", () => {
    const before = failed(FRESH, AT, new CloudError("stockout", "full"), 0, 0);
    const after = performed(before, { action: action(KEY), kind: AT.kind, started: "held" }, 1, 0);
    assert.deepEqual([after.lines, after.status.failures], [before.lines, []]);
  });

  it("avoids a zone that had no machine until its wait is over", () => {
    const { status } = failed(FRESH, AT, new CloudError("stockout", "full"), 0, 0);
    assert.deepEqual(blockedZones(status, 1), ["europe-west4-b"]);
    assert.deepEqual(blockedZones(status, status.failures[0]?.retryAtMs ?? 0), []);
    const { status: other } = failed(FRESH, AT, new CloudError("quota-exceeded", "full"), 0, 0);
    assert.deepEqual(blockedZones(other, 1), []);
  });

  it("forgets failures of what nobody wants any more, once their wait is over", () => {
    const { status } = failed(FRESH, AT, new CloudError("unavailable", "503"), 0, 0);
    const { retryAtMs = 0 } = status.failures[0] ?? {};
    assert.equal(forgetStale(status, new Set(), retryAtMs - 1), status);
    assert.equal(forgetStale(status, new Set([KEY]), retryAtMs), status);
    assert.deepEqual(forgetStale(status, new Set(), retryAtMs).failures, []);
  });

  it("tells of an operation that takes too long, once (L4)", () => {
    const running = begun("insert", 0);
    assert.equal(raiseAlarms(running, OPERATION_ALARM_MS), running);
    const alarmed = raiseAlarms(running, OPERATION_ALARM_MS + 1);
    assert.match(
      alarmed.lines.at(-1)?.message ?? "",
      /more than 20 minutes: look at projects\/p\/zones\/z\/operations\/o1/,
    );
    assert.equal(raiseAlarms(alarmed, 2 * OPERATION_ALARM_MS), alarmed);
  });

  it("forgets attempts that no request id can repeat", () => {
    const old = settled(begun(), [], 0, 0);
    const keysAt = (nowMs: number) => Object.keys(finishedAttempt(old.status, "other", nowMs).attempts);
    assert.deepEqual(keysAt(ATTEMPT_KEPT_MS - 1), [KEY, "other"]);
    assert.deepEqual(keysAt(ATTEMPT_KEPT_MS), ["other"]);
  });

  it("counts no attempts of what is done at once: thousands of evictions leave the status small", () => {
    const evicted = { action: action("pod"), kind: "k", started: "done" as const };
    assert.deepEqual(performed(begun(), evicted, 0, 0).status.attempts, begun().status.attempts);
  });

  it("refuses an operation without a link: it could never be asked for", () => {
    assert.throws(() => operationPath({ name: "o", status: "DONE" }), RangeError);
  });

  it("whatever fails in whatever order: one failure a key, tried again later than now and within half an hour", () => {
    const trouble = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      code: fc.constantFrom(...CLOUD_ERROR_CODES),
      fraction: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(trouble, { maxLength: 40 }), (troubles) => {
        let work = FRESH;
        troubles.forEach(({ key, code, fraction }, index) => {
          work = failed(work, { key, kind: "k" }, new CloudError(code, code), index, fraction);
          const keys = work.status.failures.map((failure) => failure.key);
          assert.equal(new Set(keys).size, keys.length);
          const mine = work.status.failures.find((failure) => failure.key === key);
          assert.ok(mine !== undefined && mine.retryAtMs > index && mine.retryAtMs <= index + 30 * 60_000);
        });
      }),
    );
  });

  it("tells why in few words, though a reason quotes a program at length", () => {
    const quoting = { ...action(KEY), reason: "x".repeat(100_000) };
    const { lines } = performed(FRESH, { action: quoting, kind: AT.kind, started: "done" }, 0, 0);
    assert.ok((lines[0]?.message.length ?? 0) < 1_000);
  });
});
