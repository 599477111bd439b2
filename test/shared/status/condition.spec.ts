/** Conditions keep the moment of their last transition right. */
import assert from "node:assert/strict";
import {
  type Condition,
  conditionSchema,
  findCondition,
  type NextCondition,
  setCondition,
} from "../../../shared/status/condition.ts";

const ready = (changes: Partial<NextCondition> = {}): NextCondition => ({
  type: "Ready",
  status: "False",
  reason: "Waiting",
  message: "Waiting for 2 machines to boot.",
  observedGeneration: 1,
  ...changes,
});
const T0 = Date.parse("2026-11-23T12:00:00Z");
const LATER = T0 + 60_000;

describe("conditions", () => {
  it("begin at the moment they are set first", () => {
    const [condition] = setCondition([], ready(), T0);
    assert.deepEqual(condition, { ...ready(), lastTransitionTime: "2026-11-23T12:00:00.000Z" });
    assert.equal(conditionSchema.safeParse(condition).success, true);
  });
  it("keep their moment when reason, message or generation change, and move it when the status does", () => {
    const first = setCondition([], ready(), T0);
    const second = setCondition(first, ready({ reason: "Working", observedGeneration: 2 }), LATER);
    assert.equal(second[0]?.lastTransitionTime, "2026-11-23T12:00:00.000Z");
    assert.equal(second[0]?.reason, "Working");
    const third = setCondition(second, ready({ status: "True", reason: "AsDeclared" }), LATER);
    assert.equal(third[0]?.lastTransitionTime, "2026-11-23T12:01:00.000Z");
  });
  it("are the same list when nothing changes, so that nothing is written", () => {
    const first = setCondition([], ready(), T0);
    assert.equal(setCondition(first, ready(), LATER), first);
  });
  it("stand in their own order, one of each type, and the list given is left alone", () => {
    const before: readonly Condition[] = Object.freeze([...setCondition([], ready(), T0)]);
    const after = setCondition(
      before,
      ready({ type: "SpecAccepted", status: "True", reason: "Accepted" }),
      T0,
    );
    assert.deepEqual(
      after.map(({ type }) => type),
      ["SpecAccepted", "Ready"],
    );
    assert.equal(before.length, 1);
    assert.equal(setCondition(after, ready({ status: "Unknown" }), LATER).length, 2);
  });
  it("are found by type", () => {
    const conditions = setCondition([], ready(), T0);
    assert.equal(findCondition(conditions, "Ready")?.status, "False");
    assert.equal(findCondition(conditions, "Paused"), undefined);
  });
});
