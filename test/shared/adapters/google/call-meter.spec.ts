/** Calls are counted, and held back before the API would refuse them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CALLS_PER_MINUTE,
  callGroup,
  createCallMeter,
  type MeteredCall,
} from "../../../../shared/adapters/google/call-meter.ts";
import { CloudError, isCloudError } from "../../../../shared/ports/cloud-error.ts";
import { createVirtualClock } from "../../../../simulator/clock.ts";

const CALL: MeteredCall = {
  project: "demo",
  location: "europe-west4",
  service: "Instances",
  method: "insert",
  target: "projects/demo/zones/europe-west4-a/instances/one",
};
const LIMITS = { ...CALLS_PER_MINUTE, mutations: 6, reads: 6 };

describe("call meter", () => {
  it("counts calls, failures and time, and takes absence for an answer", async () => {
    const clock = createVirtualClock(0);
    const meter = createCallMeter(clock);
    await meter.measure(CALL, () => clock.advance(30));
    await assert.rejects(
      meter.measure(CALL, async () => {
        await clock.advance(10);
        throw new CloudError("unavailable", "no");
      }),
    );
    const absent = meter.measure({ ...CALL, method: "get" }, () =>
      Promise.reject(new CloudError("not-found", "")),
    );
    await assert.rejects(absent);
    const zero = { calls: 1, heldBack: 0, failures: 0, totalMs: 0, maxMs: 0 };
    assert.deepEqual(meter.counts(), [
      { call: "Instances.insert", calls: 2, heldBack: 0, failures: 1, totalMs: 40, maxMs: 30 },
      { call: "Instances.get", ...zero },
    ]);
  });
  it("holds back what is above the group's calls, without calling", async () => {
    const meter = createCallMeter(createVirtualClock(0), LIMITS);
    let made = 0;
    const call = (changes: Partial<MeteredCall> = {}) =>
      meter.measure({ ...CALL, ...changes }, async () => {
        made++;
      });
    await call();
    await call();
    await assert.rejects(call(), (error: Error) => {
      assert.ok(isCloudError(error, "rate-limited"));
      assert.equal(error.target, CALL.target);
      return true;
    });
    assert.equal(made, 2);
    await call({ method: "get" });
    await call({ location: "us-east1" });
    await call({ project: "other" });
    assert.equal(made, 5);
    assert.equal(meter.counts()[0]?.heldBack, 1);
  });
  it("lets calls through again as time passes", async () => {
    const clock = createVirtualClock(0);
    const meter = createCallMeter(clock, LIMITS);
    const call = () => meter.measure(CALL, async () => undefined);
    await call();
    await call();
    await clock.advance(14_999);
    await assert.rejects(call());
    await clock.advance(1);
    await call();
  });
  it("never lets more than the limit through in any minute, whatever the pattern of calls", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 }), async (gaps) => {
        const clock = createVirtualClock(0);
        const meter = createCallMeter(clock, LIMITS);
        const made: number[] = [];
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          await clock.advanceTo(nowMs);
          await meter.measure(CALL, async () => made.push(nowMs)).catch(() => undefined);
        }
        return made.every(
          (from) => made.filter((at) => at >= from && at < from + 60_000).length <= LIMITS.mutations,
        );
      }),
      { numRuns: 30 },
    );
  });
  it("sorts methods into the groups that Google counts", () => {
    const groups = [
      ["Instances", "insert"],
      ["Instances", "get"],
      ["Instances", "list"],
      ["Instances", "aggregatedList"],
      ["ZoneOperations", "get"],
      ["ZoneOperations", "wait"],
      ["InstanceGroupManagers", "listManagedInstances"],
    ].map(([service = "", method = ""]) => callGroup(service, method));
    assert.deepEqual(groups, [
      "mutations",
      "reads",
      "lists",
      "heavy reads",
      "operation reads",
      "heavy reads",
      "lists",
    ]);
  });
});
