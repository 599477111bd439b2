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
    ["is left alone for a quarter of an hour", [member("a")], 14, ""],
    ["is restarted then, when it is the only machine", [member("a")], 15, "a"],
    ["again after twice the time", [member("a", [15])], 44, ""],
    ["and is, once that is over", [member("a", [15])], 45, "a"],
    ["four times at most", [member("a", [15, 45, 105, 225])], 9_000, ""],
    ["not when it was started a moment ago", [member("a", [], { startedMs: at(10) })], 24, ""],
    ["but a quarter of an hour after that", [member("a", [], { startedMs: at(10) })], 25, "a"],
    ["never while its machine does not run", [member("a", [], { status: "TERMINATED" })], 900, ""],
    [
      "never while another's machine does not run",
      [member("a"), member("b", [], { status: "STOPPING" })],
      900,
      "",
    ],
    ["never while one has no machine", [member("a"), { name: "b", resets: [] }, member("c")], 900, ""],
    ["of three the first one", [member("a"), member("b"), member("c")], 15, "a"],
    ["then no other one yet", [member("a", [15]), member("b"), member("c")], 29, ""],
    ["then the next one", [member("a", [15]), member("b"), member("c")], 30, "b"],
    [
      "and after all of them the first again, later",
      [member("a", [15]), member("b", [30]), member("c", [45])],
      75,
      "a",
    ],
  ] as const)
    it(what, () => assert.equal(decided(members, minutes), reset));
});
