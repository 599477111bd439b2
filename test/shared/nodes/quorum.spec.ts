import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type Member, mayTakeMember, quorumOf } from "../../../shared/nodes/quorum.ts";

const SOUND = { healthy: true };
const SILENT = { healthy: false };
const DOUBTED = { healthy: true, doubt: "its host failed" };
const ABSENT = { healthy: false, awaits: "its machine to be made" };
type Kind = Omit<Member, "name">;
const may = (...kinds: readonly Kind[]) =>
  mayTakeMember(
    kinds.map((kind, member) => ({ name: `cp-${member}`, ...kind })),
    "cp-0",
  );

const TABLE: readonly (readonly [string, readonly Kind[], boolean])[] = [
  ["the only one", [SILENT], false],
  ["a silent one of three, the others sound", [SILENT, SOUND, SOUND], true],
  ["a sound one of three, the others sound, for an upgrade", [SOUND, SOUND, SOUND], true],
  ["a silent one of three while another one's host failed (fault 12)", [SILENT, SOUND, DOUBTED], false],
  ["a silent one of three while another one is silent", [SILENT, SILENT, SOUND], false],
  ["a silent one of three while another one is made", [SILENT, ABSENT, SOUND], false],
  ["a silent one of five while another one is silent", [SILENT, SILENT, SOUND, SOUND, SOUND], true],
  ["a silent one of five while two others are", [SILENT, SILENT, SILENT, SOUND, SOUND], false],
  ["a silent one of five while another one is made", [SILENT, ABSENT, SOUND, SOUND, SOUND], false],
];

describe("a control-plane member", () => {
  for (const [what, kinds, expected] of TABLE)
    it(`${expected ? "may" : "may not"} be taken: ${what}`, () => assert.equal(may(...kinds).may, expected));

  it("that may not be taken is told what is waited for", () => {
    const turn = may(SILENT, SOUND, DOUBTED);
    assert(!turn.may);
    assert.equal(
      turn.waitsFor,
      "2 other control-plane machines to be well before cp-0 is taken (1 are: of cp-2 it is said that its host failed)",
    );
    assert.deepEqual([1, 3, 5].map(quorumOf), [1, 2, 3]);
  });
});
