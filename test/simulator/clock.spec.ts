import assert from "node:assert/strict";
import fc from "fast-check";
import { createVirtualClock } from "../../simulator/clock.ts";

const START_MS = Date.UTC(2026, 0, 1);

describe("the virtual clock", () => {
  it("stands still until it is told to move", () => {
    const clock = createVirtualClock(START_MS);
    assert.equal(clock.nowMs(), START_MS);
    assert.equal(clock.nowMs(), START_MS);
  });

  it("fires timers in the order of their times, equal times in the order they were set", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), async (delays) => {
        const clock = createVirtualClock(START_MS, { settle: async () => {} });
        const fired: [number, number][] = [];
        for (const [index, delayMs] of delays.entries()) {
          clock.after(delayMs, () => fired.push([clock.nowMs() - START_MS, index]));
        }
        await clock.advance(50);
        const expected = delays.map((delayMs, index): [number, number] => [delayMs, index]);
        expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        assert.deepEqual(fired, expected);
      }),
      { numRuns: 50 },
    );
  });

  it("fires no timer early, and leaves time where it was sent", async () => {
    const clock = createVirtualClock(START_MS);
    let fired = 0;
    clock.after(1000, () => fired++);
    await clock.advance(999);
    assert.equal(fired, 0);
    assert.equal(clock.nowMs(), START_MS + 999);
    await clock.advance(1);
    assert.equal(fired, 1);
  });

  it("lets code that awaits run on before the next timer fires", async () => {
    const clock = createVirtualClock(START_MS);
    const wait = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
    const log: string[] = [];
    const work = async () => {
      await wait(10);
      for (let turn = 0; turn < 200; turn++) await Promise.resolve();
      log.push(`worked at ${clock.nowMs() - START_MS}`);
    };
    const done = work();
    clock.after(11, () => log.push("next timer"));
    await clock.advance(20);
    await done;
    assert.deepEqual(log, ["worked at 10", "next timer"]);
  });

  it("fires timers that timers set, while they are due", async () => {
    const clock = createVirtualClock(START_MS);
    const times: number[] = [];
    const tick = () => {
      times.push(clock.nowMs() - START_MS);
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.advance(35);
    assert.deepEqual(times, [10, 20, 30]);
    assert.equal(clock.nextMs(), START_MS + 40);
  });

  it("does not fire what was cancelled, and cancelling twice is harmless", async () => {
    const clock = createVirtualClock(START_MS);
    let fired = 0;
    const cancel = clock.after(10, () => fired++);
    clock.after(20, () => fired++);
    cancel();
    cancel();
    assert.equal(clock.pending(), 1);
    assert.equal(await clock.runUntilIdle(), 1);
    assert.equal(fired, 1);
    assert.equal(clock.nowMs(), START_MS + 20);
  });

  it("runs until a condition holds, and says where it stood when it never did", async () => {
    const clock = createVirtualClock(START_MS);
    let count = 0;
    for (const delayMs of [10, 20, 30]) clock.after(delayMs, () => count++);
    await clock.runUntil(() => count === 2, { untilMs: START_MS + 100 });
    assert.equal(clock.nowMs(), START_MS + 20);
    await assert.rejects(
      clock.runUntil(() => count === 9, { untilMs: START_MS + 100 }),
      /not reached: 0 timers are left at 2026-01-01T00:00:00.030Z/,
    );
  });
});
