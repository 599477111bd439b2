import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RETRY_FIRST_MS } from "../../../shared/nodes/brake.ts";
import type { CareMachine, CareView, RepairPolicy } from "../../../shared/nodes/care-view.ts";
import { decideRepairs } from "../../../shared/nodes/repair.ts";
import { COOL_DOWN_MS, PROBE_AFTER_MS } from "../../../shared/nodes/storm.ts";
import { breachesOf, judgeAll } from "../../../shared/nodes/tally.ts";
import { type Care, NO_CARE, type Storm } from "../../../shared/status/care.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const POLICY: RepairPolicy = {
  enabled: true,
  afterMs: 10 * MINUTE_MS,
  maxInFlight: 1,
  maxUnhealthy: "20%",
  ladder: ["restart", "recreate"],
  drainMs: 30 * MINUTE_MS,
};
const LONG_AGO_MS = NOW_MS - 24 * 60 * MINUTE_MS;

/** A letter each: `.` well, `!` silent for an hour, `?` silent for two minutes, `#` Ready with a disk read-only for an hour. */
function poolOf(letters: string, zones = "a", policy: Partial<RepairPolicy> = {}) {
  const machines = [...letters].map((letter, index): CareMachine => {
    const zone = `zones/${zones[index % zones.length]}`;
    const sinceMs = letter === "." ? LONG_AGO_MS : NOW_MS - (letter === "!" ? 60 : 2) * MINUTE_MS;
    const ready = letter === "." || letter === "#";
    const troubles = [{ type: "ReadonlyFilesystem", sinceMs: NOW_MS - 60 * MINUTE_MS }];
    return {
      path: `projects/p/${zone}/instances/n-${index}`,
      name: `n-${index}`,
      zone,
      going: false,
      cordoned: false,
      restartsItself: true,
      incidents: [],
      machine: {
        instanceId: String(index),
        status: "RUNNING",
        createdMs: LONG_AGO_MS,
        startedMs: LONG_AGO_MS,
      },
      node: {
        ready,
        readiness: ready ? "True" : "Unknown",
        readinessSinceMs: sinceMs,
        createdMs: LONG_AGO_MS,
        ...(letter === "#" ? { troubles } : {}),
      },
    };
  });
  return { pool: "general", size: letters.length, policy: { ...POLICY, ...policy }, machines };
}
function viewOf(
  letters: string,
  care: Partial<Care> = {},
  zones = "a",
  policy: Partial<RepairPolicy> = {},
): CareView {
  return {
    pools: [poolOf(letters, zones, policy)],
    members: [],
    care: { ...NO_CARE, ...care },
    nowMs: NOW_MS,
  };
}
function done(view: CareView): readonly string[] {
  const found = decideRepairs(view).get("general");
  assert(found !== undefined);
  return [
    ...found.restarts.map(({ machine }) => `restart ${machine.name}`),
    ...[...found.leaves].map(([name, { cause }]) => `${cause} ${name}`),
  ];
}
const heldBy = (view: CareView) => decideRepairs(view).get("general")?.held?.reason;
const restarted = (index: number, minutesAgo: number) => ({
  pool: "general",
  machine: `projects/p/zones/a/instances/n-${index}`,
  instanceId: String(index),
  step: "restart" as const,
  atMs: NOW_MS - minutesAgo * MINUTE_MS,
  reason: "",
});
const recreated = (minutesAgo: number) => ({ ...restarted(99, minutesAgo), step: "recreate" as const });
const storm = (scope: string, sinceMs: number, endedMs: number | null = null): Storm => ({
  scope,
  sinceMs,
  endedMs,
  message: "many are unhealthy",
});
const scopes = (view: CareView) => breachesOf(view, judgeAll(view)).map(({ scope }) => scope);

describe("repairs of a pool", () => {
  it("restart what is silent, then replace it, one at a time", () => {
    assert.deepEqual(done(viewOf("!....")), ["restart n-0"]);
    assert.deepEqual(done(viewOf("!....", { repairs: [restarted(0, 1)] })), []);
    assert.deepEqual(done(viewOf("!....", { repairs: [restarted(0, 6)] })), ["repair n-0"]);
    assert.deepEqual(done(viewOf("!!........")), ["restart n-0"]);
    assert.deepEqual(done(viewOf("!!........", { repairs: [restarted(0, 1)] })), []);
    assert.deepEqual(done(viewOf("!!........", {}, "a", { maxInFlight: 2 })), ["restart n-0", "restart n-1"]);
    assert.deepEqual(done(viewOf("?....")), []);
  });

  it("say until when a restarted machine has time, and go on sooner where machines are faster", () => {
    const view = viewOf("!....", { repairs: [restarted(0, 1)] });
    const until = new Date(NOW_MS + 4 * MINUTE_MS).toISOString();
    assert.match(
      decideRepairs(view).get("general")?.waiting[0] ?? "",
      new RegExp(`^n-0 to be well after its restart, or ${until}: `),
    );
    const hasty = viewOf("!....", { repairs: [restarted(0, 1)] }, "a", { restartTakesMs: 30_000 });
    assert.deepEqual(done(hasty), ["repair n-0"]);
  });

  it("that somebody asked for begin at once, past brakes and turns, but not past a pause or lost sight", () => {
    const wish = { operation: "repair-1", reason: "repair asked for by alice (it is slow)" };
    const asked = (
      letters: string,
      care: Partial<Care> = {},
      policy: Partial<RepairPolicy> = {},
    ): CareView => {
      const view = viewOf(letters, care, "a", policy);
      const pools = view.pools.map((pool) => ({
        ...pool,
        machines: pool.machines.map((one) => (one.name === "n-0" ? { ...one, asked: wish } : one)),
      }));
      return { ...view, pools };
    };
    assert.deepEqual(done(asked("?....")), ["restart n-0"]);
    assert.deepEqual(done(asked("?....", {}, { enabled: false })), ["restart n-0"]);
    assert.deepEqual(done(asked("#....")), ["command n-0"]);
    assert.deepEqual(done(asked(".....")), []);
    assert.deepEqual(done(asked("?!!!.", { storms: [storm("pool/general", NOW_MS)] })), ["restart n-0"]);
    assert.deepEqual(done(asked("?....", { repairs: [restarted(0, 6)] })), ["command n-0"]);
    assert.deepEqual(done(asked("?....", { lostMs: NOW_MS })), []);
    assert.deepEqual(done(asked("?....", { pauses: [{ reason: "", by: "ada", sinceMs: NOW_MS }] })), []);
    const exhausted = decideRepairs(asked("!....", { repairs: [restarted(0, 6)] }, { ladder: ["restart"] }));
    assert.deepEqual([...(exhausted.get("general")?.exhausted ?? [])], ["n-0"]);
  });

  it("do not count what was tried on another machine of the same name", () => {
    const other = { ...restarted(0, 6), instanceId: "4711" };
    assert.deepEqual(done(viewOf("!....", { repairs: [other] })), ["restart n-0"]);
  });

  it("are not held up by a failed machine whose node a command keeps cordoned", () => {
    const view = viewOf("!!........");
    const machines = view.pools[0]?.machines.map((machine, index) =>
      index === 0 ? { ...machine, cordoned: true, parked: true } : machine,
    );
    const parked = { ...view, pools: view.pools.map((pool) => ({ ...pool, machines: machines ?? [] })) };
    assert.deepEqual(done(parked), ["restart n-1"]);
  });

  it("reset nothing that does not run, and say so where the ladder has nothing else", () => {
    const off = (ladder: RepairPolicy["ladder"]) => {
      const view = viewOf("!....", {}, "a", { ladder });
      const stopped = { instanceId: "0", status: "TERMINATED", createdMs: LONG_AGO_MS };
      const pools = view.pools.map((pool) => ({
        ...pool,
        machines: pool.machines.map((one, index) => (index === 0 ? { ...one, machine: stopped } : one)),
      }));
      return { ...view, pools };
    };
    assert.deepEqual(done(off(["restart", "recreate"])), ["repair n-0"]);
    assert.deepEqual(done(off(["restart"])), []);
    const [wait = ""] = decideRepairs(off(["restart"])).get("general")?.waiting ?? [];
    assert.match(
      wait,
      /^somebody to mend it, for repair\.ladder has nothing for a machine like this: node n-0/,
    );
  });

  const shares: readonly (readonly [string, number | string, boolean])[] = [
    ["!", "20%", false],
    ["!.", "20%", false],
    ["!..", "20%", false],
    ["!!.", "20%", true],
    ["!!........", "20%", false],
    ["!!!.......", "20%", true],
    ["!!.......", "20%", true],
    ["!!!..", 3, false],
    ["!....", "0%", false],
  ];
  for (const [letters, maxUnhealthy, breached] of shares)
    it(`with ${letters} unhealthy and maxUnhealthy ${maxUnhealthy} ${breached ? "are too many" : "go on"}`, () =>
      assert.equal(
        scopes(viewOf(letters, {}, "abcdefghij", { maxUnhealthy })).includes("pool/general"),
        breached,
      ));

  it("count a zone with 55 % of at least three nodes unhealthy as dark", () => {
    const most = { maxUnhealthy: 100 };
    assert.deepEqual(scopes(viewOf("!.!.!.....", {}, "ab", most)), ["zone/a"]);
    assert.deepEqual(scopes(viewOf("!.!.......", {}, "ab", most)), []);
    assert.deepEqual(scopes(viewOf("!!", {}, "a", most)), []);
  });

  it("count no node that is Ready for a dark zone, whatever it reports", () => {
    assert.deepEqual(scopes(viewOf("#.#.#.....", {}, "ab", { maxUnhealthy: 100 })), []);
    assert.deepEqual(scopes(viewOf("###...")), ["pool/general"]);
  });

  it("an hour into a pool's trouble drain and replace one that is Ready and will not mend by itself (L6)", () => {
    const during = (scope: string, sinceMs: number) => ({ storms: [storm(scope, sinceMs)] });
    const pool = "pool/general";
    assert.deepEqual(done(viewOf("##..", during(pool, NOW_MS - PROBE_AFTER_MS + 1))), []);
    const late = during(pool, NOW_MS - PROBE_AFTER_MS);
    assert.deepEqual(done(viewOf("##..", late)), ["repair n-0"]);
    assert.deepEqual(done(viewOf("##..", { ...late, lostMs: NOW_MS })), []);
    assert.deepEqual(done(viewOf("##..", late, "a", { ladder: ["restart"] })), []);
    assert.deepEqual(done(viewOf("##..", during("zone/a", NOW_MS - PROBE_AFTER_MS))), []);
  });

  it("are held in a dark zone, and go on in another one, fault 4", () => {
    const care = { storms: [storm("zone/a", NOW_MS - 9 * MINUTE_MS)] };
    assert.deepEqual(done(viewOf("!!!.", care, "aaab")), []);
    assert.equal(heldBy(viewOf("!!!.", care, "aaab")), "ZoneUnhealthy");
    assert.deepEqual(done(viewOf("!!!!", care, "aaab")), ["restart n-3"]);
  });

  it("are held by a storm, try single restarts after an hour, cool down, and go on by themselves (L6)", () => {
    const during = (sinceMs: number, endedMs: number | null = null) => ({
      storms: [storm("pool/general", sinceMs, endedMs)],
    });
    assert.deepEqual(done(viewOf("!!..", during(NOW_MS - PROBE_AFTER_MS + 1))), []);
    const late = during(NOW_MS - PROBE_AFTER_MS);
    assert.deepEqual(done(viewOf("!!..", late)), ["restart n-0"]);
    assert.deepEqual(done(viewOf("!!..", { ...late, repairs: [restarted(0, 1)] })), []);
    assert.deepEqual(done(viewOf("!!..", { ...late, repairs: [restarted(0, 6)] })), ["restart n-1"]);
    assert.deepEqual(done(viewOf("!!..", { ...late, repairs: [restarted(0, 12), restarted(1, 6)] })), []);
    assert.deepEqual(done(viewOf("!...", during(LONG_AGO_MS, NOW_MS - COOL_DOWN_MS + 1))), []);
    assert.equal(heldBy(viewOf("!...", during(LONG_AGO_MS, NOW_MS - COOL_DOWN_MS + 1))), "CoolingDown");
    const over = during(LONG_AGO_MS, NOW_MS - COOL_DOWN_MS);
    assert.deepEqual(done(viewOf("!!........", over, "a", { maxInFlight: 5 })), ["restart n-0"]);
  });

  it("are held while nothing is seen, and count from when it is again, fault 5 (S4)", () => {
    assert.equal(heldBy(viewOf("!...", { lostMs: NOW_MS - 5 })), "ObservationLost");
    assert.deepEqual(done(viewOf("!...", { lostMs: NOW_MS - 5 })), []);
    assert.deepEqual(done(viewOf("!...", { regainedMs: NOW_MS - 9 * MINUTE_MS })), []);
    assert.deepEqual(done(viewOf("!...", { regainedMs: NOW_MS - 10 * MINUTE_MS })), ["restart n-0"]);
  });

  it("are held by a pause of the cluster or of the pool, and of no other", () => {
    const pause = (pool?: string, untilMs?: number) => ({
      pauses: [
        {
          reason: "we look",
          by: "ada",
          sinceMs: NOW_MS,
          ...(pool === undefined ? {} : { pool }),
          ...(untilMs === undefined ? {} : { untilMs }),
        },
      ],
    });
    assert.equal(heldBy(viewOf("!...", pause())), "Paused");
    assert.equal(heldBy(viewOf("!...", pause("general"))), "Paused");
    assert.deepEqual(done(viewOf("!...", pause("other"))), ["restart n-0"]);
    assert.deepEqual(done(viewOf("!...", pause(undefined, NOW_MS))), ["restart n-0"]);
  });

  it("replace a machine that hangs again and again through a day, however well each restart helped for an hour", () => {
    const hours = (...ago: readonly number[]) => ago.map((hour) => restarted(0, hour * 65));
    assert.deepEqual(done(viewOf("!....", { repairs: hours(2, 1) })), ["restart n-0"]);
    assert.deepEqual(done(viewOf("!....", { repairs: hours(3, 2, 1) })), ["repair n-0"]);
    assert.deepEqual(done(viewOf("!....", { repairs: hours(23, 2, 1) })), ["restart n-0"]);
    assert.deepEqual(done(viewOf("!....", { repairs: hours(3, 2, 1) }, "a", { ladder: ["restart"] })), [
      "restart n-0",
    ]);
    const why = decideRepairs(viewOf("!....", { repairs: hours(3, 2, 1) }))
      .get("general")
      ?.leaves.get("n-0");
    assert.match(
      why?.reason ?? "",
      /^node n-0 has been silent .*; 3 restarts within a day did not help for long$/,
    );
  });

  it("wait longer and longer for one that fails in place of others, in a pool however large, and for no other (S13)", () => {
    const slot = "projects/p/zones/a/instances/n-first";
    const inSlot = (letters: string, minutesAgo: number, earlier: number): CareView => {
      const earlierMs = Array.from(
        { length: earlier },
        (_, at) => NOW_MS - (minutesAgo + 60 * (at + 1)) * MINUTE_MS,
      );
      const repairs = [
        { ...recreated(minutesAgo), machine: "projects/p/zones/a/instances/n-before", slot, earlierMs },
      ];
      const view = viewOf(letters, { repairs }, "abcdefghij", { ladder: ["recreate"], maxInFlight: 2 });
      const pools = view.pools.map((pool) => ({
        ...pool,
        machines: pool.machines.map((one) => (one.name === "n-0" ? { ...one, slot } : one)),
      }));
      return { ...view, pools };
    };
    const large = ".".repeat(298);
    assert.equal(heldBy(inSlot(`!.${large}`, 9, 0)), "RetryLater");
    assert.deepEqual(done(inSlot(`!.${large}`, 10, 0)), ["repair n-0"]);
    assert.equal(heldBy(inSlot(`!.${large}`, 39, 2)), "RetryLater");
    assert.deepEqual(done(inSlot(`!.${large}`, 40, 2)), ["repair n-0"]);
    assert.deepEqual(done(inSlot(`!!${large}`, 9, 0)), ["repair n-1"]);
    const decided = inSlot(`!.${large}`, 1, 0);
    const repairs = decided.care.repairs.map((one) => ({
      ...one,
      machine: "projects/p/zones/a/instances/n-0",
      instanceId: "0",
    }));
    assert.deepEqual(
      done({ ...decided, care: { ...decided.care, repairs } }),
      ["repair n-0"],
      "what was decided of itself is carried through",
    );
  });

  it("are not held up for a day of joinTimeout by one whose successor has joined, while another machine is missing", () => {
    const policy = { ladder: ["recreate"] as const, joinMs: 24 * 60 * MINUTE_MS };
    const replaced = { ...recreated(11), machine: "projects/p/zones/a/instances/n-gone" };
    const [pool] = viewOf("!....", {}, "a", policy).pools;
    assert(pool !== undefined);
    const missingOne = (slot?: string): CareView => {
      const machines = pool.machines.map((one) =>
        one.name === "n-1" && slot !== undefined ? { ...one, slot } : one,
      );
      return { ...viewOf("", { repairs: [replaced] }), pools: [{ ...pool, size: 6, machines }] };
    };
    assert.deepEqual(done(missingOne()), []);
    assert.deepEqual(done(missingOne(replaced.machine)), ["repair n-0"]);
  });

  it("wait longer and longer while a pool's machines fail again and again (S13)", () => {
    const policy = { ladder: ["recreate"] as const };
    const again = (minutesAgo: number, count: number) =>
      viewOf("!..", { repairs: Array.from({ length: count }, () => recreated(minutesAgo)) }, "abc", policy);
    assert.deepEqual(done(again(RETRY_FIRST_MS / MINUTE_MS, 2)), ["repair n-0"]);
    assert.equal(heldBy(again(9, 3)), "RetryLater");
    assert.deepEqual(done(again(10, 3)), ["repair n-0"]);
    assert.equal(heldBy(again(19, 4)), "RetryLater");
    assert.deepEqual(done(again(20, 4)), ["repair n-0"]);
    assert.deepEqual(done(again(24 * 60, 9)), ["repair n-0"]);
  });
});
