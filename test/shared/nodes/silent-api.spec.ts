import assert from "node:assert/strict";
import { decideSilent, type SilentMember } from "../../../shared/nodes/silent-api.ts";

const MINUTE_MS = 60_000;
const LOST_MS = Date.parse("2026-11-23T12:00:00Z");
const at = (minutes: number) => LOST_MS + minutes * MINUTE_MS;
const member = (name: string, resets: readonly number[] = [], more: object = {}): SilentMember => ({
  name,
  status: "RUNNING",
  startedMs: at(-600),
  resets: resets.map(at),
  ...more,
});
const decided = (members: readonly SilentMember[], minutes: number) => {
  const decision = decideSilent(members, LOST_MS, at(minutes));
  return "reset" in decision ? decision.reset : "";
};

describe("a control plane whose API is silent", () => {
  for (const [what, members, minutes, reset] of [
    ["is left alone for half an hour", [member("a")], 28, ""],
    ["is restarted then, when it is the only machine", [member("a")], 30, "a"],
    ["again after twice the time", [member("a", [30])], 88, ""],
    ["and is, once that is over", [member("a", [30])], 90, "a"],
    ["four times at most", [member("a", [30, 90, 210, 450])], 9_000, ""],
    ["not when it was started a moment ago", [member("a", [], { startedMs: at(20) })], 48, ""],
    ["but half an hour after that", [member("a", [], { startedMs: at(20) })], 50, "a"],
    ["never while its machine does not run", [member("a", [], { status: "TERMINATED" })], 1800, ""],
    [
      "never while another's machine does not run",
      [member("a"), member("b", [], { status: "STOPPING" })],
      1800,
      "",
    ],
    ["never while one has no machine", [member("a"), { name: "b", resets: [] }, member("c")], 1800, ""],
    ["of three the first one", [member("a"), member("b"), member("c")], 30, "a"],
    ["then no other one yet", [member("a", [30]), member("b"), member("c")], 58, ""],
    ["then the next one", [member("a", [30]), member("b"), member("c")], 60, "b"],
    [
      "and after all of them the first again, later",
      [member("a", [30]), member("b", [60]), member("c", [90])],
      150,
      "a",
    ],
  ] as const)
    it(what, () => assert.equal(decided(members, minutes), reset));
});
