/** operations.wait answers when the operation is done, or after two minutes. */
import assert from "node:assert/strict";
import { createVirtualClock } from "../../../simulator/clock.ts";
import { holdWait } from "../../../simulator/wire/wait.ts";

const PATH = "projects/demo/global/operations/o";

describe("waiting for an operation", () => {
  const setUp = () => {
    const clock = createVirtualClock(0);
    const listeners = new Set<() => void>();
    const onOperationDone = (_: string, listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    let doneMs: number | undefined;
    const gone = new AbortController();
    const waiting = holdWait({ clock, onOperationDone })(PATH, gone.signal).then(() => {
      doneMs = clock.nowMs();
    });
    return { clock, listeners, gone, waiting, doneMs: () => doneMs };
  };

  it("ends with the operation and leaves no timer behind", async () => {
    const { clock, listeners, waiting, doneMs } = setUp();
    await clock.advance(5_000);
    assert.equal(doneMs(), undefined);
    for (const listener of listeners) listener();
    await waiting;
    assert.equal(doneMs(), 5_000);
    assert.equal(clock.pending(), 0);
    assert.equal(listeners.size, 0);
  });
  it("ends after two minutes", async () => {
    const { clock, listeners, doneMs } = setUp();
    await clock.advance(119_999);
    assert.equal(doneMs(), undefined);
    await clock.advance(1);
    assert.equal(doneMs(), 120_000);
    assert.equal(listeners.size, 0);
  });
  it("ends when the caller is gone", async () => {
    const { clock, gone, waiting } = setUp();
    gone.abort();
    await waiting;
    assert.equal(clock.pending(), 0);
  });
  it("ends at once for an operation that is done already", async () => {
    const clock = createVirtualClock(0);
    const onOperationDone = (_: string, listener: () => void) => {
      listener();
      return () => undefined;
    };
    await holdWait({ clock, onOperationDone })(PATH, undefined);
    assert.equal(clock.pending(), 0);
  });
});
