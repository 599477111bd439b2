import assert from "node:assert/strict";
import { createRealClock } from "../../../../shared/adapters/embedded/real-clock.ts";

describe("the real clock", () => {
  it("runs a timer once, later", async () => {
    const clock = createRealClock();
    let ran = 0;
    const done = new Promise<void>((resolve) => {
      clock.after(0, () => {
        ran += 1;
        resolve();
      });
    });
    assert.equal(ran, 0);
    await done;
    assert.equal(ran, 1);
  });

  it("does not run a cancelled timer, nor one further ahead than Node's own timers reach", async () => {
    const clock = createRealClock();
    let ran = 0;
    const cancel = clock.after(0, () => ran++);
    const cancelDistant = clock.after(60 * 24 * 3_600_000, () => ran++);
    cancel();
    await new Promise<void>((resolve) => clock.after(5, resolve));
    assert.equal(ran, 0);
    cancelDistant();
    cancelDistant();
  });
});
