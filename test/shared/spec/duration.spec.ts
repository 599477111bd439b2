/** Durations as people write them. */
import assert from "node:assert/strict";
import { durationMs, parseDuration } from "../../../shared/spec/duration.ts";

describe("durations", () => {
  it("count days, hours, minutes and seconds", () => {
    assert.equal(durationMs("90s"), 90_000);
    assert.equal(durationMs("10m"), 600_000);
    assert.equal(durationMs("1h30m"), 5_400_000);
    assert.equal(durationMs("30d"), 2_592_000_000);
  });
  it("are refused without a unit, out of order, negative or empty", () => {
    for (const text of ["", "10", "30m1h", "-1h", "1.5h", "1 h", "h", "1H"])
      assert.equal(parseDuration(text), undefined, text);
    assert.throws(() => durationMs("soon"), /not a duration like 90s, 10m, 6h or 30d: soon/);
  });
});
