/** Recurrence rules are judged right, and in bounded time whatever they are. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { troubleWithRecurrence } from "../../../shared/spec/recurrence.ts";

const START_MS = Date.parse("2026-01-03T02:00:00Z");
const FROM_MS = Date.parse("2026-11-23T00:00:00Z");

function reason(rule: string, fromMs = FROM_MS): string | undefined {
  return troubleWithRecurrence({ rule, startMs: START_MS, fromMs })?.reason;
}

describe("recurrence rules", () => {
  it("that open are in order", () => {
    for (const rule of [
      "FREQ=DAILY",
      "FREQ=DAILY;INTERVAL=14",
      "FREQ=WEEKLY;BYDAY=SA,SU",
      "FREQ=MONTHLY;BYDAY=+2TU",
      "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
      "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
      "FREQ=WEEKLY;UNTIL=20271231T000000Z",
      "FREQ=DAILY;COUNT=400",
    ]) {
      assert.equal(reason(rule), undefined, rule);
    }
  });
  it("keep their weekdays although they are searched for 7,600 years later", () => {
    // The first Saturday of 2027 is the 2nd of January: a rule that ends before it never opens again.
    const from = Date.parse("2026-12-27T00:00:00Z");
    assert.equal(reason("FREQ=WEEKLY;BYDAY=SA;UNTIL=20270102T020000Z", from), undefined);
    assert.match(reason("FREQ=WEEKLY;BYDAY=SA;UNTIL=20270101T235959Z", from) ?? "", /^never opens/);
  });
  it("that never match are found out, which the library alone needs seconds for", () => {
    for (const rule of [
      "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
      "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
      "FREQ=MONTHLY;BYDAY=+5MO;BYMONTHDAY=1",
      "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300",
    ]) {
      assert.equal(reason(rule), "never opens the window in the next 1500 days", rule);
    }
  });
  it("of a pattern that would be searched day by day are not taken", () => {
    assert.equal(
      reason("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
      "has a part BYMONTH, which FREQ=DAILY does not take",
    );
    assert.equal(reason("FREQ=constructor"), "does not say how often");
    assert.equal(reason("FREQ=DAILY;UNTIL=soon"), "has no proper value for UNTIL");
  });
  it("of any kind get an answer, and nothing throws", () => {
    const named = fc.constantFrom(
      "BYDAY",
      "UNTIL",
      "INTERVAL",
      "COUNT",
      "BYMONTHDAY",
      "BYMONTH",
      "BYSETPOS",
      "WKST",
    );
    const part = fc.oneof(
      fc.constantFrom("COUNT=99999", "BYMONTH=2", "BYMONTHDAY=30,31", "BYSETPOS=-1", "WKST=SU", "BYDAY=MO"),
      fc.tuple(named, fc.stringMatching(/^[A-Z0-9,+:-]{1,12}$/)).map((pair) => pair.join("=")),
    );
    const frequency = fc.constantFrom("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY");
    fc.assert(
      fc.property(frequency, fc.array(part, { maxLength: 3 }), (first, parts) => {
        const found = troubleWithRecurrence({
          rule: [first, ...parts].join(";"),
          startMs: START_MS,
          fromMs: FROM_MS,
        });
        assert.ok(found === undefined || (found.reason !== "" && found.remedy !== ""));
      }),
      { numRuns: 200 },
    );
  });
});
