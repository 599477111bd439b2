import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  LADDER_REMEMBERS_MS,
  ladderAfter,
  RESTART_TAKES_MS,
  RESTARTS_A_DAY_MAX,
  rungOf,
  type Step,
} from "../../../shared/nodes/ladder.ts";

const NOW_MS = 1_000_000_000;
const tried = (...agesMs: readonly number[]) =>
  agesMs.map((age) => ({
    pool: "general",
    machine: "m",
    instanceId: "7",
    step: "restart" as Step,
    atMs: NOW_MS - age,
    reason: "",
  }));
const rung = (ladder: readonly Step[], ages: readonly number[], isServing = false) => {
  const found = rungOf(ladder, tried(...ages), isServing, NOW_MS);
  return found.is === "exhausted" ? found.is : `${found.is} ${found.step}`;
};
const LATER = RESTART_TAKES_MS;

describe("the ladder of a machine", () => {
  const table: readonly (readonly [readonly Step[], readonly number[], boolean, string])[] = [
    [["restart", "recreate"], [], false, "due restart"],
    [["restart", "recreate"], [1], false, "trying restart"],
    [["restart", "recreate"], [LATER], false, "due recreate"],
    [["restart", "restart", "recreate"], [LATER], false, "due restart"],
    [["restart", "restart", "recreate"], [2 * LATER, LATER], false, "due recreate"],
    [["restart", "recreate"], [3 * LATER, 2 * LATER, LATER], false, "due recreate"],
    [["restart", "recreate"], [2 * LATER, 1], false, "trying restart"],
    [["recreate", "restart"], [LATER], false, "due recreate"],
    [["restart"], [LATER], false, "exhausted"],
    [["restart"], [2 * LATER, LATER], false, "exhausted"],
    [["restart"], [LADDER_REMEMBERS_MS], false, "due restart"],
    [["recreate"], [], false, "due recreate"],
    [["restart", "recreate"], [], true, "due recreate"],
    [["restart"], [], true, "exhausted"],
  ];
  for (const [ladder, ages, isServing, expected] of table)
    it(`${ladder.join(", ")}${isServing ? " of a Ready node" : ""}, restarted ${ages.join(" and ") || "never"} ms ago: ${expected}`, () =>
      assert.equal(rung(ladder, ages, isServing), expected));

  it("counts restarts that were remembered as one", () => {
    const [last] = tried(LATER);
    const repairs = last === undefined ? [] : [{ ...last, earlierMs: [NOW_MS - 2 * LATER] }];
    assert.deepEqual(rungOf(["restart", "restart", "recreate"], repairs, false, NOW_MS), {
      is: "due",
      step: "recreate",
    });
  });

  it("has no restart left once three within a day did not help for long, unless it has nothing else", () => {
    const max = RESTARTS_A_DAY_MAX;
    assert.deepEqual(ladderAfter(["restart", "recreate"], max - 1), ["restart", "recreate"]);
    assert.deepEqual(ladderAfter(["restart", "restart", "recreate"], max), ["recreate"]);
    assert.deepEqual(ladderAfter(["restart"], max), ["restart"]);
  });
});
