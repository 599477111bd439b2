import assert from "node:assert/strict";
import { join } from "node:path";
import { openSqliteDatabase } from "../../../../shared/adapters/embedded/sqlite-database.ts";
import {
  openTimerWakeups,
  type TimerWakeupsOptions,
} from "../../../../shared/adapters/embedded/timer-wakeups.ts";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import type { Wakeup } from "../../../../shared/ports/wakeups.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { createVirtualClock } from "../../../../simulator/clock.ts";
import { describeWakeups } from "../../../contract/wakeups.ts";
import { temporaryFolders } from "../../../support/folder.ts";

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe("timer wake-ups", () => {
  const folder = temporaryFolders();
  const setUp = (options: Partial<TimerWakeupsOptions> = {}) => {
    const clock = createVirtualClock(START_MS);
    const parts = {
      file: join(folder(), "wakeups.sqlite"),
      clock,
      chance: createSeededChance(41),
      ...options,
    };
    return { clock, file: parts.file, open: () => openTimerWakeups(parts) };
  };
  const at = (clusterId: string, afterMs: number): Wakeup => ({
    clusterId,
    atMs: START_MS + afterMs,
    cause: "test",
  });

  describeWakeups("wake-ups on a SQLite file and timers", async () => {
    const { clock, open } = setUp();
    const wakeups = open();
    let handler = async (_wakeup: Wakeup) => {};
    wakeups.start((wakeup) => handler(wakeup));
    return {
      wakeups,
      clock,
      advance: (ms) => clock.advance(ms),
      handle: (given) => {
        handler = given;
      },
      close: () => wakeups.stop(),
    };
  });

  it("outlive a restart, and fire late rather than never", async () => {
    const { clock, open } = setUp();
    const before = open();
    await before.schedule(at("checkout", MINUTE_MS));
    await before.stop();
    await clock.advance(2 * MINUTE_MS);
    const fired: Wakeup[] = [];
    const after = open();
    after.start(async (wakeup) => void fired.push(wakeup));
    await clock.advance(0);
    assert.deepEqual(fired, [at("checkout", MINUTE_MS)]);
    await after.stop();
    const once = open();
    once.start(async (wakeup) => void fired.push(wakeup));
    await clock.advance(DAY_MS);
    assert.equal(fired.length, 1);
    await once.stop();
  });

  it("fire again when the process ended before the handler did", async () => {
    const { clock, open } = setUp();
    const killed = open();
    killed.start(() => new Promise(() => {}));
    await killed.schedule(at("checkout", 0));
    await clock.advance(0);
    const fired: string[] = [];
    const after = open();
    after.start(async ({ clusterId }) => void fired.push(clusterId));
    await clock.advance(MINUTE_MS);
    assert.deepEqual(fired, ["checkout"]);
    await after.stop();
  });

  it("run a bounded number of handlers at once, one for a cluster, and all of them in the end", async () => {
    const { clock, open } = setUp({ runningMax: 3 });
    const wakeups = open();
    const running = new Map<string, number>();
    let most = 0;
    let mostOfOne = 0;
    const done: string[] = [];
    wakeups.start(async ({ clusterId }) => {
      running.set(clusterId, (running.get(clusterId) ?? 0) + 1);
      const counts = [...running.values()];
      most = Math.max(
        most,
        counts.reduce((sum, count) => sum + count, 0),
      );
      mostOfOne = Math.max(mostOfOne, ...counts);
      if (!done.includes(clusterId))
        await wakeups.schedule({ clusterId, atMs: clock.nowMs(), cause: "again" });
      await new Promise<void>((resolve) => clock.after(1_000, resolve));
      running.set(clusterId, (running.get(clusterId) ?? 0) - 1);
      done.push(clusterId);
    });
    for (let cluster = 0; cluster < 7; cluster++) await wakeups.schedule(at(`cluster-${cluster}`, 0));
    await clock.advance(MINUTE_MS);
    assert.equal(most, 3);
    assert.equal(mostOfOne, 1);
    assert.equal(done.length, 14);
    await wakeups.stop();
  });

  it("notice that the time was set forward while they waited", async () => {
    const time = createVirtualClock(START_MS);
    let setForwardMs = 0;
    const clock = { nowMs: () => time.nowMs() + setForwardMs, after: time.after };
    const { open } = setUp({ clock });
    const wakeups = open();
    const fired: string[] = [];
    wakeups.start(async ({ clusterId }) => void fired.push(clusterId));
    await wakeups.schedule(at("checkout", DAY_MS));
    setForwardMs = DAY_MS;
    await time.advance(MINUTE_MS);
    assert.deepEqual(fired, ["checkout"]);
    await wakeups.stop();
  });

  it("wait while the file cannot be written, and go on when it can", async () => {
    const { clock, file, open } = setUp();
    const wakeups = open();
    const fired: string[] = [];
    wakeups.start(async ({ clusterId }) => void fired.push(clusterId));
    await wakeups.schedule(at("checkout", 0));
    const other = openSqliteDatabase({ file });
    other.exec("BEGIN IMMEDIATE");
    await assert.rejects(wakeups.schedule(at("other", 0)), (error) => isCloudError(error, "unavailable"));
    await clock.advance(4_000);
    assert.deepEqual(fired, []);
    other.exec("COMMIT");
    other.close();
    await clock.advance(MINUTE_MS);
    assert.deepEqual(fired, ["checkout"]);
    await wakeups.stop();
  });

  it("save the end of a handler even when the file refused it at first", async () => {
    const { clock, file, open } = setUp();
    const wakeups = open();
    const other = openSqliteDatabase({ file });
    const fired: string[] = [];
    wakeups.start(async ({ clusterId }) => {
      fired.push(clusterId);
      if (fired.length === 1) other.exec("BEGIN IMMEDIATE");
    });
    await wakeups.schedule(at("checkout", 0));
    await clock.advance(0);
    other.exec("COMMIT");
    other.close();
    await clock.advance(MINUTE_MS);
    await wakeups.schedule(at("checkout", MINUTE_MS));
    await clock.advance(MINUTE_MS);
    assert.deepEqual(fired, ["checkout", "checkout"]);
    await wakeups.stop();
  });

  it("leave no timer behind, wait for handlers when stopped, and refuse a time that is none", async () => {
    const { clock, open } = setUp();
    const wakeups = open();
    await assert.rejects(wakeups.schedule(at("checkout", Number.NaN)), (error) =>
      isCloudError(error, "invalid"),
    );
    let finish = () => {};
    wakeups.start(() => new Promise((resolve) => (finish = resolve)));
    await wakeups.schedule(at("checkout", 0));
    await wakeups.schedule(at("other", DAY_MS));
    await clock.advance(0);
    let stopped = false;
    const stopping = wakeups.stop().then(() => {
      stopped = true;
    });
    await clock.advance(0);
    assert.equal(stopped, false);
    finish();
    await stopping;
    assert.equal(clock.pending(), 0);
  });
});
