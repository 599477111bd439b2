/** What every Wakeups must do, run against each implementation under virtual time. */
import assert from "node:assert/strict";
import type { Wakeup, Wakeups } from "../../shared/ports/wakeups.ts";
import type { VirtualClock } from "../../simulator/clock.ts";

export interface Fired {
  readonly clusterId: string;
  readonly cause: string;
  /** Milliseconds since the test began. */
  readonly afterMs: number;
}
export interface WakeupsHarness {
  readonly wakeups: Wakeups;
  readonly clock: VirtualClock;
  /** Moves time, and calls the handler for what falls due. */
  advance(ms: number): Promise<void>;
  /** Called when a wake-up fires; a handler that throws has failed. */
  handle(handler: (fired: Pick<Wakeup, "clusterId" | "cause">) => Promise<void>): void;
  close(): Promise<void>;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** "± seconds" of the contract. */
const LATE_MS = 5_000;

export function describeWakeups(name: string, open: () => Promise<WakeupsHarness>): void {
  describe(name, () => {
    let harness: WakeupsHarness;
    let fired: Fired[];
    let startMs: number;
    beforeEach(async () => {
      harness = await open();
      fired = [];
      startMs = harness.clock.nowMs();
      handle(async () => {});
    });
    afterEach(() => harness.close());

    /** Notes what fires, then does what is given. */
    const handle = (then: (fired: Fired) => Promise<void>) =>
      harness.handle(async ({ clusterId, cause }) => {
        const one = { clusterId, cause, afterMs: harness.clock.nowMs() - startMs };
        fired.push(one);
        await then(one);
      });
    const schedule = (clusterId: string, afterMs: number, cause = "test") =>
      harness.wakeups.schedule({ clusterId, atMs: startMs + afterMs, cause });
    const firedNear = (expected: readonly (readonly [clusterId: string, afterMs: number])[]) => {
      assert.deepEqual(
        fired.map(({ clusterId }) => clusterId),
        expected.map(([clusterId]) => clusterId),
      );
      for (const [index, [, afterMs]] of expected.entries()) {
        const actualMs = fired[index]?.afterMs ?? Number.NaN;
        assert.ok(
          actualMs >= afterMs && actualMs <= afterMs + LATE_MS,
          `${actualMs} is not about ${afterMs}`,
        );
      }
    };

    it("fires once when the time has come, not before, and says why", async () => {
      await schedule("checkout", MINUTE_MS, "carry on");
      await harness.advance(MINUTE_MS - 1);
      firedNear([]);
      await harness.advance(MINUTE_MS);
      firedNear([["checkout", MINUTE_MS]]);
      assert.equal(fired[0]?.cause, "carry on");
    });

    it("fires at once what should have been already", async () => {
      await schedule("checkout", -MINUTE_MS);
      await harness.advance(LATE_MS);
      firedNear([["checkout", 0]]);
    });

    it("keeps the earlier one when a later is asked for", async () => {
      await schedule("checkout", MINUTE_MS);
      await schedule("checkout", 2 * MINUTE_MS);
      await harness.advance(10 * MINUTE_MS);
      firedNear([["checkout", MINUTE_MS]]);
    });

    it("replaces the later one when an earlier is asked for", async () => {
      await schedule("checkout", 2 * MINUTE_MS);
      await schedule("checkout", MINUTE_MS);
      await harness.advance(10 * MINUTE_MS);
      firedNear([["checkout", MINUTE_MS]]);
    });

    it("has one pending when several are asked for at the same time", async () => {
      await Promise.all([30, 10, 20].map((seconds) => schedule("checkout", seconds * SECOND_MS)));
      await harness.advance(10 * MINUTE_MS);
      firedNear([["checkout", 10 * SECOND_MS]]);
      await Promise.all([0, 0, 0].map(() => schedule("checkout", 10 * MINUTE_MS)));
      await harness.advance(MINUTE_MS);
      assert.equal(fired.length, 2);
    });

    it("keeps clusters apart, also those whose names begin alike", async () => {
      await schedule("checkout", 20 * SECOND_MS);
      await schedule("checkout-2", 10 * SECOND_MS);
      await schedule("Schön/∆", 30 * SECOND_MS);
      await harness.wakeups.cancel("check");
      await harness.advance(MINUTE_MS);
      firedNear([
        ["checkout-2", 10 * SECOND_MS],
        ["checkout", 20 * SECOND_MS],
        ["Schön/∆", 30 * SECOND_MS],
      ]);
    });

    it("takes back what is pending, which is harmless when nothing is", async () => {
      await harness.wakeups.cancel("checkout");
      await schedule("checkout", MINUTE_MS);
      await schedule("other", MINUTE_MS);
      await harness.wakeups.cancel("checkout");
      await harness.wakeups.cancel("checkout");
      await harness.advance(10 * MINUTE_MS);
      firedNear([["other", MINUTE_MS]]);
    });

    it("fires again for the same second, after it fired or was taken back", async () => {
      for (let time = 0; time < 4; time++) {
        await schedule("checkout", 0);
        await harness.advance(1);
      }
      await schedule("checkout", MINUTE_MS);
      await harness.wakeups.cancel("checkout");
      await schedule("checkout", MINUTE_MS);
      await harness.advance(10 * MINUTE_MS);
      assert.deepEqual(
        fired.map(({ afterMs }) => Math.floor(afterMs / MINUTE_MS)),
        [0, 0, 0, 0, 1],
      );
    });

    it("lets a pass ask for the next one while it runs", async () => {
      handle(async ({ afterMs }) => {
        if (fired.length < 3) await schedule("checkout", afterMs + MINUTE_MS);
      });
      await schedule("checkout", 0);
      await harness.advance(10 * MINUTE_MS);
      firedNear([
        ["checkout", 0],
        ["checkout", MINUTE_MS],
        ["checkout", 2 * MINUTE_MS],
      ]);
    });

    it("lets a pass ask for another at once while it runs", async () => {
      handle(async ({ afterMs }) => {
        if (fired.length < 2) await schedule("checkout", afterMs);
      });
      await schedule("checkout", 0);
      await harness.advance(MINUTE_MS);
      firedNear([
        ["checkout", 0],
        ["checkout", 0],
      ]);
    });

    it("fires again when the handler threw, until it returns", async () => {
      handle(async () => {
        if (fired.length < 4) throw new Error("not yet");
      });
      await schedule("checkout", 0);
      await harness.advance(60 * MINUTE_MS);
      assert.equal(fired.length, 4);
      assert.ok(fired.every(({ clusterId, cause }) => clusterId === "checkout" && cause === "test"));
    });

    it("fires earlier when asked to while a failed one waits to run again", async () => {
      handle(async () => {
        if (fired.length < 6) throw new Error("not yet");
      });
      await schedule("checkout", 0);
      while (fired.length < 5) await harness.advance(SECOND_MS);
      const nowMs = harness.clock.nowMs() - startMs;
      await schedule("checkout", nowMs);
      await harness.advance(LATE_MS);
      assert.equal(fired.length, 6);
      await harness.advance(60 * MINUTE_MS);
      assert.equal(fired.length, 6);
    });
  });
}
