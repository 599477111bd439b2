import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { culpritOf } from "../../../shared/nodes/culprit.ts";
import {
  COOL_DOWN_MS,
  forgottenMs,
  PROBE_AFTER_MS,
  stormsAfter,
  weatherOf,
} from "../../../shared/nodes/storm.ts";

const T0 = 1_000_000;
const BREACH = { scope: "zone/a", message: "3 of 5 nodes in a are unhealthy" };
const begun = stormsAfter([], [BREACH], T0);

describe("a storm", () => {
  it("begins with a breach, ends with it, and is forgotten after its cool-down and what follows", () => {
    assert.deepEqual(begun, [{ ...BREACH, sinceMs: T0, endedMs: null }]);
    const ended = stormsAfter(begun, [], T0 + 5);
    assert.deepEqual(ended, [{ ...BREACH, sinceMs: T0, endedMs: T0 + 5 }]);
    assert.equal(stormsAfter(ended, [], forgottenMs(T0 + 5) - 1), ended);
    assert.deepEqual(stormsAfter(ended, [], forgottenMs(T0 + 5)), []);
  });

  it("that comes back within the cool-down begins anew", () => {
    const ended = stormsAfter(begun, [], T0 + 5);
    assert.deepEqual(stormsAfter(ended, [BREACH], T0 + 9), [{ ...BREACH, sinceMs: T0 + 9, endedMs: null }]);
  });

  it("writes nothing while nothing changes, be its numbers others", () => {
    assert.equal(stormsAfter(begun, [{ ...BREACH, message: "4 of 5" }], T0 + 60_000), begun);
  });

  it("is probed after an hour, cools down when it is over, and then is taken slowly: it never latches", () => {
    const [storm] = begun;
    assert(storm !== undefined);
    const over = { ...storm, endedMs: T0 };
    assert.deepEqual(
      [
        weatherOf(storm, T0 + PROBE_AFTER_MS - 1),
        weatherOf(storm, T0 + PROBE_AFTER_MS),
        weatherOf(over, T0 + COOL_DOWN_MS - 1),
        weatherOf(over, T0 + COOL_DOWN_MS),
      ],
      ["storm", "probing", "cooling", "gradual"],
    );
  });
});

describe("the likely culprit", () => {
  const node = (unhealthy: boolean, zone: string, version: string) => ({
    unhealthy,
    traits: { zone, version },
  });
  const table: readonly (readonly [string, Parameters<typeof culpritOf>[0], string | undefined])[] = [
    ["one alone is none", [node(true, "a", "1"), node(false, "b", "1")], undefined],
    [
      "a zone",
      [node(true, "a", "1"), node(true, "a", "2"), node(false, "b", "1"), node(false, "b", "2")],
      "zone a (2 of its 2 nodes, 0 of 2 elsewhere)",
    ],
    [
      "a version",
      [node(true, "a", "2"), node(true, "b", "2"), node(false, "a", "1"), node(false, "b", "1")],
      "kubelet version 2 (2 of its 2 nodes, 0 of 2 elsewhere)",
    ],
    [
      "nothing stands out",
      [node(true, "a", "1"), node(true, "b", "1"), node(false, "a", "1"), node(false, "b", "1")],
      undefined,
    ],
  ];
  for (const [what, nodes, expected] of table) it(`${what}`, () => assert.equal(culpritOf(nodes), expected));
});
