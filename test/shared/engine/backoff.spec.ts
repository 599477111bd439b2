import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { ANSWERS, retryDelayMs } from "../../../shared/engine/backoff.ts";
import { CLOUD_ERROR_CODES } from "../../../shared/ports/cloud-error.ts";

describe("engine/backoff", () => {
  it("answers every code with a wait that grows, is never zero and never passes its bound", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CLOUD_ERROR_CODES),
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (code, failures, fraction) => {
          const delayMs = retryDelayMs(code, failures, fraction);
          const { firstMs, maxMs } = ANSWERS[code];
          assert.ok(delayMs >= firstMs / 2 && delayMs <= maxMs, `${code} ${failures}: ${delayMs}`);
          assert.ok(retryDelayMs(code, failures + 1, fraction) >= delayMs);
        },
      ),
    );
  });

  it("sends quota, permissions and mistakes to a person, and nothing that passes by itself", () => {
    const person = CLOUD_ERROR_CODES.filter((code) => ANSWERS[code].needsPerson);
    assert.deepEqual(person, [
      "quota-exceeded",
      "permission-denied",
      "unauthenticated",
      "invalid",
      "unexpected",
    ]);
  });
});
