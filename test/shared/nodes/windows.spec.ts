import assert from "node:assert/strict";
import { type Hold, heldUp, UNTIL_TOLD_MS } from "../../../shared/nodes/hold.ts";
import { momentOfLocal, offsetMs, showLocal } from "../../../shared/nodes/local-time.ts";
import {
  type Change,
  type Maintenance,
  maintenanceHolds,
  NODE_MS,
  windowsAt,
} from "../../../shared/nodes/windows.ts";
import { momentMs } from "../../../shared/spec/moment.ts";

type Window = Maintenance["windows"][number];
const AMSTERDAM = "Europe/Amsterdam";
const NEW_YORK = "America/New_York";
const HOUR_MS = 3_600_000;
const ms = (text: string) => momentMs(text) ?? assert.fail(text);
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

function windowOf(start: string, recurrence?: string, timezone = "UTC", duration = "4h"): Window {
  return { start, timezone, duration, ...(recurrence === undefined ? {} : { recurrence }) };
}
/** The next openings, as UTC, one asked for at the moment of the one before. */
function openings(window: Window, from: string, count: number): readonly (string | undefined)[] {
  const found = [];
  for (let nowMs = ms(from); found.length < count; ) {
    const { next } = windowsAt([window], nowMs);
    found.push(iso(next?.startMs));
    if (next === undefined) break;
    nowMs = next.startMs;
  }
  return found;
}

describe("local times", () => {
  for (const [zone, local, utc] of [
    [AMSTERDAM, "2026-07-01T02:00", "2026-07-01T00:00Z"],
    [AMSTERDAM, "2026-12-05T02:00", "2026-12-05T01:00Z"],
    // Clocks go from 02:00 to 03:00: 02:30 is read with the offset before.
    [AMSTERDAM, "2026-03-29T02:30", "2026-03-29T01:30Z"],
    [AMSTERDAM, "2026-03-29T03:00", "2026-03-29T01:00Z"],
    // They go from 03:00 back to 02:00: 02:30 comes twice, and the first is meant.
    [AMSTERDAM, "2026-10-25T02:30", "2026-10-25T00:30Z"],
    [AMSTERDAM, "2026-10-25T03:00", "2026-10-25T02:00Z"],
    [NEW_YORK, "2027-03-14T02:30", "2027-03-14T07:30Z"],
    [NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30Z"],
    [NEW_YORK, "2026-11-01T02:00", "2026-11-01T07:00Z"],
    ["Asia/Kolkata", "2026-01-01T00:00", "2025-12-31T18:30Z"],
    ["Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45Z"],
    ["UTC", "2028-02-29T23:59", "2028-02-29T23:59Z"],
  ] as const)
    it(`${local} of ${zone} is ${utc}`, () => {
      assert.equal(iso(momentOfLocal(zone, ms(local))), iso(ms(utc)));
    });

  it("are shown as people of the zone read them", () => {
    assert.equal(showLocal(AMSTERDAM, ms("2026-12-05T01:00Z")), "Sat 2026-12-05 02:00 Europe/Amsterdam");
    assert.equal(offsetMs(NEW_YORK, ms("2026-07-01")), -4 * HOUR_MS);
  });
});

describe("the openings of a window", () => {
  for (const [what, window, from, expected] of [
    [
      "stay at the same local time when clocks change",
      windowOf("2026-01-03T02:00", "FREQ=WEEKLY;BYDAY=SA", AMSTERDAM),
      "2026-10-20",
      ["2026-10-24T00:00", "2026-10-31T01:00", "2026-11-07T01:00"],
    ],
    [
      "so do those of New York, whose clocks change on other days",
      windowOf("2026-01-03T23:00", "FREQ=WEEKLY;BYDAY=SA", NEW_YORK),
      "2026-10-26",
      ["2026-11-01T03:00", "2026-11-08T04:00"],
    ],
    [
      "at a local time that is skipped one day come an hour later by the clock",
      windowOf("2026-01-01T02:30", "FREQ=DAILY", AMSTERDAM),
      "2026-03-28",
      ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"],
    ],
    [
      "at a local time that comes twice come once",
      windowOf("2026-01-01T02:30", "FREQ=DAILY", AMSTERDAM),
      "2026-10-24T12:00",
      ["2026-10-25T00:30", "2026-10-26T01:30"],
    ],
    [
      "come on the 29th of February in leap years alone",
      windowOf("2024-02-29T01:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
      "2026-12-01",
      ["2028-02-29T01:00", "2032-02-29T01:00"],
    ],
    [
      "come every other week, counted from the first",
      windowOf("2026-01-03T02:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"),
      "2026-01-04",
      ["2026-01-17T02:00", "2026-01-31T02:00"],
    ],
    [
      "come on the last Friday of the month",
      windowOf("2026-01-01T22:00", "FREQ=MONTHLY;BYDAY=-1FR", AMSTERDAM),
      "2026-06-01",
      ["2026-06-26T20:00", "2026-07-31T20:00"],
    ],
    [
      "end after COUNT",
      windowOf("2026-01-03T02:00", "FREQ=WEEKLY;COUNT=3"),
      "2026-01-04",
      ["2026-01-10T02:00", "2026-01-17T02:00", undefined],
    ],
    [
      "end with the day of UNTIL, that day included",
      windowOf("2026-01-03T02:00", "FREQ=WEEKLY;UNTIL=20260117"),
      "2026-01-09",
      ["2026-01-10T02:00", "2026-01-17T02:00", undefined],
    ],
    [
      "end at the moment of UNTIL, which a Z makes one of UTC",
      windowOf("2026-01-03T02:00", "FREQ=WEEKLY;UNTIL=20260117T005959Z", AMSTERDAM),
      "2026-01-09",
      ["2026-01-10T01:00", undefined],
    ],
    [
      "and one at that very moment is the last",
      windowOf("2026-01-03T02:00", "FREQ=WEEKLY;UNTIL=20260117T010000Z", AMSTERDAM),
      "2026-01-11",
      ["2026-01-17T01:00", undefined],
    ],
    [
      "is one without a recurrence",
      windowOf("2026-05-01T10:00"),
      "2026-04-01",
      ["2026-05-01T10:00", undefined],
    ],
  ] as const)
    it(what, () => {
      const found = openings(window, from, expected.length);
      assert.deepEqual(
        found,
        expected.map((at) => (at === undefined ? undefined : iso(ms(`${at}Z`)))),
      );
    });

  it("is open from its first moment to before its last, as long as its duration says whatever the clocks do", () => {
    const window = windowOf("2026-01-01T01:00", "FREQ=DAILY", AMSTERDAM);
    const isOpen = (at: string) => windowsAt([window], ms(at)).open !== undefined;
    assert.deepEqual(
      ["2026-10-24T22:59Z", "2026-10-24T23:00Z", "2026-10-25T02:59Z", "2026-10-25T03:00Z"].map(isOpen),
      [false, true, true, false],
    );
  });

  it("of several windows that touch are one", () => {
    const windows = [
      windowOf("2026-05-01T10:00"),
      windowOf("2026-05-01T14:00"),
      windowOf("2026-05-01T11:00"),
    ];
    const { open, next } = windowsAt(windows, ms("2026-05-01T10:30Z"));
    assert.deepEqual(
      [iso(open?.startMs), iso(open?.endMs), next],
      ["2026-05-01T10:00:00.000Z", "2026-05-01T18:00:00.000Z", undefined],
    );
  });

  it("are the same whenever and in whatever order they are asked for", () => {
    const window = windowOf("2026-01-03T02:00", "FREQ=WEEKLY;BYDAY=SA,WE", AMSTERDAM, "30h");
    const asked = Array.from({ length: 400 }, (_, index) => ms("2026-03-20") + index * 2 * HOUR_MS);
    const answers = (order: readonly number[]) =>
      new Map(order.map((nowMs) => [nowMs, windowsAt([window], nowMs)]));
    const forth = answers(asked);
    const back = answers(asked.toReversed());
    for (const nowMs of asked) assert.deepEqual(back.get(nowMs), forth.get(nowMs), iso(nowMs));
  });
});

describe("what maintenance holds up", () => {
  const POOL: Change = { nodes: true, minor: false };
  const saturdays = windowOf("2026-01-03T02:00", "FREQ=WEEKLY;BYDAY=SA", AMSTERDAM);
  const maintenance = (changes: Partial<Maintenance>): Maintenance => ({
    windows: [],
    exclusions: [],
    autoUpgrade: { patch: true, minor: false, os: true },
    ...changes,
  });
  const exclusion = (scope: "all" | "minor" | "minor-and-nodes") => ({
    name: "sale",
    from: "2026-11-20",
    to: "2026-12-01",
    scope,
  });
  const holds = (changes: Partial<Maintenance>, at: string, change = POOL): readonly Hold[] =>
    maintenanceHolds(maintenance(changes), change, ms(at));

  it("is nothing without windows and exclusions, and nothing in an open window", () => {
    assert.deepEqual(holds({}, "2026-11-25T00:00Z"), []);
    assert.deepEqual(holds({ windows: [saturdays] }, "2026-12-05T01:00Z"), []);
  });

  it("outside of windows are upgrades, until the next opens, which is named", () => {
    const [hold, ...more] = holds({ windows: [saturdays] }, "2026-12-04T12:00Z");
    assert.deepEqual(more, []);
    assert.equal(hold?.reason, "OutsideWindow");
    assert.equal(
      hold.waitsFor,
      "the next maintenance window, which opens Sat 2026-12-05 02:00 Europe/Amsterdam (2026-12-05T01:00:00.000Z)",
    );
    assert.equal(hold.untilMs, ms("2026-12-05T01:00Z"));
    assert.equal(hold.givesBack, true);
  });

  it("is never a repair, a host's maintenance, a smaller size, a removal or a command; nor what is urgent", () => {
    const closed = holds({ windows: [saturdays] }, "2026-12-04T12:00Z");
    for (const cause of ["repair", "maintenance", "scale-down", "removal", "command"] as const)
      assert.equal(heldUp(closed, { cause }), undefined, cause);
    assert.equal(heldUp(closed, { cause: "upgrade" })?.reason, "OutsideWindow");
    assert.equal(heldUp(closed, { cause: "upgrade", urgent: true }), undefined);
  });

  it("at the end of a window is what would not fit any more; what has begun goes on", () => {
    const endMs = ms("2026-12-05T05:00Z");
    const at = (nowMs: number) => maintenanceHolds(maintenance({ windows: [saturdays] }), POOL, nowMs);
    assert.deepEqual(at(endMs - NODE_MS), []);
    const [late] = at(endMs - NODE_MS + 60_000);
    assert.equal(late?.letsBegunPass, true);
    assert.match(late.waitsFor, /one more node takes 15 minutes and this window has 14 left$/);
    assert.equal(at(endMs)[0]?.letsBegunPass, undefined);
  });

  it("searches a rule that is over once, not in every pass for each pool", () => {
    const over = { ...windowOf("2020-01-01T02:00"), recurrence: "FREQ=DAILY;UNTIL=20261130" };
    const firstMs = Date.parse("2026-12-02T00:00Z");
    // Thousands of searches through seven years of days would outlast any test.
    for (let minute = 0; minute < 3_000; minute += 1)
      assert.deepEqual(windowsAt([over], firstMs + minute * 20_000), {});
  });

  it("says so when no window opens any more", () => {
    const [hold] = holds({ windows: [windowOf("2026-05-01T10:00")] }, "2026-12-01T00:00Z");
    assert.match(hold?.waitsFor ?? "", /there is none any more: change spec\.maintenance\.windows/);
    assert.equal(hold?.untilMs, UNTIL_TOLD_MS, "only a person can change that");
  });

  for (const [scope, held] of [
    ["all", { patch: true, minor: true, node: true }],
    ["minor-and-nodes", { patch: false, minor: true, node: true }],
    ["minor", { patch: false, minor: true, node: false }],
  ] as const)
    it(`by an exclusion of scope ${scope} is what it names, windows or not`, () => {
      const is = (change: Change) =>
        holds({ windows: [saturdays], exclusions: [exclusion(scope)] }, "2026-11-28T02:00Z", change).some(
          ({ reason }) => reason === "Excluded",
        );
      assert.deepEqual(
        {
          patch: is({ nodes: false, minor: false }),
          minor: is({ nodes: false, minor: true }),
          node: is({ nodes: true, minor: false }),
        },
        held,
      );
    });

  it("by an exclusion ends with it, and none begins right before it", () => {
    const only = { exclusions: [exclusion("all")] };
    assert.equal(
      holds(only, "2026-11-30T23:59Z")[0]?.waitsFor,
      "the end of exclusion sale, at 2026-12-01T00:00:00.000Z",
    );
    assert.deepEqual(holds(only, "2026-12-01T00:00Z"), []);
    assert.deepEqual(holds(only, "2026-11-19T23:30Z"), []);
    assert.equal(holds(only, "2026-11-19T23:50Z")[0]?.letsBegunPass, true);
  });
});
