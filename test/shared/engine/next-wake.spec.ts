import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { newStatus } from "../../../shared/engine/admit.ts";
import {
  nextWakeMs,
  POLL_FIRST_MS,
  POLL_MAX_MS,
  POLL_MOVING_MS,
  REST_MAX_MS,
} from "../../../shared/engine/next-wake.ts";
import { NO_CARE } from "../../../shared/status/care.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { quickstartSpec } from "../../support/specs.ts";

const NOW_MS = 1_000_000;
const base: ClusterStatus = { ...newStatus(createSeededChance(1)), accepted: quickstartSpec() };

describe("engine/next-wake", () => {
  it("asks for nothing when all is settled", () => {
    assert.equal(nextWakeMs(base, NOW_MS), null);
  });

  it("looks again soon after something began, and less often the longer it takes", () => {
    assert.equal(nextWakeMs({ ...base, unsettledSinceMs: NOW_MS }, NOW_MS), NOW_MS + POLL_FIRST_MS);
    assert.equal(nextWakeMs({ ...base, unsettledSinceMs: NOW_MS - 600_000 }, NOW_MS), NOW_MS + 12_000);
    assert.equal(nextWakeMs({ ...base, unsettledSinceMs: 1 }, NOW_MS * 1_000), NOW_MS * 1_000 + POLL_MAX_MS);
  });

  it("keeps looking through a rollout of hours as long as something moves", () => {
    const long = { ...base, unsettledSinceMs: NOW_MS - 900_000 };
    assert.equal(nextWakeMs({ ...long, movedMs: NOW_MS - 60_000 }, NOW_MS), NOW_MS + POLL_MOVING_MS);
    assert.equal(nextWakeMs({ ...long, movedMs: NOW_MS - 800_000 }, NOW_MS), NOW_MS + 16_000);
    const fresh = { ...base, unsettledSinceMs: NOW_MS - 100_000, movedMs: NOW_MS };
    assert.equal(nextWakeMs(fresh, NOW_MS), NOW_MS + 2_000, "early on, as often as ever");
  });

  it("looks sooner where the cloud is faster", () => {
    assert.equal(nextWakeMs({ ...base, unsettledSinceMs: NOW_MS }, NOW_MS, 2), NOW_MS + POLL_FIRST_MS / 2);
    assert.equal(nextWakeMs({ ...base, unsettledSinceMs: NOW_MS }, NOW_MS, 60), NOW_MS + 200);
  });

  const failure = {
    key: "k",
    kind: "networks",
    code: "quota-exceeded",
    message: "m",
    count: 1,
    firstMs: 0,
    retryAtMs: NOW_MS + 90_000,
  };
  it("is not later than the next try of what failed", () => {
    assert.equal(nextWakeMs({ ...base, failures: [failure] }, NOW_MS), NOW_MS + 90_000);
    const soon = { ...failure, retryAtMs: NOW_MS + 2_000 };
    const unsettled = { ...base, unsettledSinceMs: NOW_MS - 600_000 };
    assert.equal(nextWakeMs({ ...unsettled, failures: [soon] }, NOW_MS), NOW_MS + 2_000);
  });

  it("does not run at once, again and again, for a try that is due but cannot be made or is under way (S13)", () => {
    const due = { ...base, failures: [{ ...failure, retryAtMs: NOW_MS - 5 }] };
    assert.equal(nextWakeMs(due, NOW_MS), null, "settled: nothing is left to try");
    const flight = {
      key: "k",
      kind: "networks",
      verb: "insert",
      operation: "o",
      startedMs: NOW_MS,
      reason: "r",
    };
    const trying = { ...due, unsettledSinceMs: NOW_MS - 600_000, inFlight: [flight] };
    assert.equal(nextWakeMs(trying, NOW_MS), NOW_MS + POLL_FIRST_MS);
    const later = { ...flight, startedMs: NOW_MS - 600_000 };
    assert.equal(nextWakeMs({ ...trying, inFlight: [later] }, NOW_MS), NOW_MS + 12_000);
  });

  it("asks after a change of a managed group when it can have ended, whoever's clock began it", () => {
    const flight = {
      key: "g",
      kind: "node-care",
      verb: "instanceGroupManagers.resize",
      operation: "o",
      startedMs: NOW_MS - 500,
      reason: "r",
    };
    const status = { ...base, unsettledSinceMs: NOW_MS - 60_000, inFlight: [flight] };
    assert.equal(nextWakeMs(status, NOW_MS), NOW_MS + 2_500);
    assert.equal(nextWakeMs(status, NOW_MS + 2_500), NOW_MS + 3_500, "again after a second");
    const ahead = { ...flight, startedMs: NOW_MS + 3_600_000 };
    assert.equal(nextWakeMs({ ...status, inFlight: [ahead] }, NOW_MS), NOW_MS + 3_000);
    const other = { ...flight, key: "i", verb: "delete" };
    assert.equal(nextWakeMs({ ...status, inFlight: [flight, other] }, NOW_MS), NOW_MS + POLL_FIRST_MS);
  });

  it("asks for nothing further ahead than a sweep believes, as of maintenance that is hours away", () => {
    const startMs = NOW_MS + 5 * 3_600_000;
    const incident = {
      id: "i",
      kind: "maintenance-notice" as const,
      method: "",
      machine: "m",
      instanceId: "7",
      atMs: NOW_MS,
      receivedMs: NOW_MS,
      message: "",
      window: { startMs, endMs: startMs + 1, canReschedule: false, type: "SCHEDULED" },
    };
    const told = { ...base, care: { ...NO_CARE, incidents: [incident] } };
    assert.equal(nextWakeMs(told, NOW_MS), NOW_MS + REST_MAX_MS);
    const nearMs = startMs - 80 * 60_000;
    assert.equal(nextWakeMs(told, nearMs), startMs - 70 * 60_000);
  });

  it("waits for a person when no spec was ever accepted", () => {
    assert.equal(nextWakeMs({ ...base, accepted: undefined }, NOW_MS), null);
  });
});
