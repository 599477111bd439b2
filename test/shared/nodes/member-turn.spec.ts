/** Whose turn it is to be made anew, and what it waits for. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Cordon } from "../../../shared/nodes/cordon.ts";
import { decideMember, type MemberView } from "../../../shared/nodes/member-turn.ts";

const US: Cordon = { by: "us", reason: "", sinceMs: 0 };
const NOBODY: Cordon = { by: "nobody" };
const OLD = "Kubernetes 1.35.8 → 1.36.4";

interface Changes {
  readonly outdated?: boolean;
  readonly serving?: boolean;
  readonly ready?: boolean;
  readonly cordon?: Cordon;
}
function member(
  name: string,
  { outdated = true, serving = true, ready = true, cordon = NOBODY }: Changes = {},
): MemberView {
  const machine = { isJoining: false, ...(outdated ? { outdated: OLD } : {}) };
  return { name, machine, serving, node: { ready, cordon } };
}
const decide = (members: readonly MemberView[]) =>
  decideMember({ members, holds: [], unprepared: undefined });

describe("the turn of a control-plane member", () => {
  it("comes to the first of the outdated ones, and the log says why", () => {
    const { turn, progress } = decide([member("cp-0"), member("cp-1"), member("cp-2")]);
    assert.deepEqual(turn, {
      name: "cp-0",
      verb: "cordon",
      cause: "upgrade",
      reason: `control-plane machine cp-0 is made anew: ${OLD}`,
    });
    assert.equal(progress, "0 of 3 control-plane machines replaced");
  });

  it("goes on with the one that bears our cordon, and ends with the cordon's end", () => {
    const { turn } = decide([member("cp-0"), member("cp-1", { cordon: US }), member("cp-2")]);
    assert.deepEqual([turn?.name, turn?.verb], ["cp-1", "replace"]);
    const { keep } = decide([member("cp-0", { outdated: false, cordon: US })]);
    assert.deepEqual(keep, ["cp-0"]);
  });

  it("waits for every other member (S5)", () => {
    for (const unwell of [{ serving: false }, { ready: false }]) {
      const { turn, waiting } = decide([
        member("cp-0"),
        member("cp-1", { outdated: false, ...unwell }),
        member("cp-2"),
      ]);
      assert.equal(turn, undefined);
      assert.deepEqual(waiting, ["cp-1 to serve and be Ready before cp-0 is taken"]);
    }
    const gone: MemberView = { name: "cp-1", serving: false };
    assert.equal(decide([member("cp-0"), gone, member("cp-2")]).turn, undefined);
  });

  it("waits while it is said of another one that its host failed, which still looks well (S5, fault 12)", () => {
    const doubted = { ...member("cp-1", { outdated: false }), doubt: "its host failed at 12:00" };
    for (const cordon of [NOBODY, US]) {
      const { turn, waiting } = decide([member("cp-0", { cordon }), doubted, member("cp-2")]);
      assert.equal(turn, undefined);
      assert.deepEqual(waiting, [
        "cp-1 to be well for certain before cp-0 is taken: its host failed at 12:00",
      ]);
    }
    assert.equal(decide([member("cp-1"), { ...member("cp-2"), doubt: "" }]).turn, undefined);
    assert.equal(
      decide([{ ...member("cp-0", { cordon: US }), doubt: "" }, member("cp-1"), member("cp-2")]).turn?.name,
      "cp-0",
    );
  });

  it("comes first to one that is not well itself: its going costs nothing", () => {
    const { turn } = decide([member("cp-0"), member("cp-1", { serving: false }), member("cp-2")]);
    assert.equal(turn?.name, "cp-1");
  });

  it("of the only one says that the API does not answer meanwhile", () => {
    assert.match(
      decide([member("cp-0")]).turn?.reason ?? "",
      /the Kubernetes API does not answer until it is back$/,
    );
  });

  it("does not come where somebody else's cordon is, nor under a hold, nor unprepared", () => {
    const { turn, problems } = decide([member("cp-0", { cordon: { by: "others" } })]);
    assert.equal(turn, undefined);
    assert.match(problems[0]?.message ?? "", /cordoned by somebody else .* kubectl uncordon cp-0\.$/);
    const members = [member("cp-0")];
    const hold = { reason: "Paused", causes: "all", waitsFor: "the pause to end" } as const;
    assert.deepEqual(decideMember({ members, holds: [hold], unprepared: undefined }).waiting, [
      "the pause to end",
    ]);
    assert.deepEqual(decideMember({ members, holds: [], unprepared: "kubeadm" }).waiting, ["kubeadm"]);
  });

  it("never leaves etcd without its quorum, whatever is well (S5)", () => {
    const flags = fc.record({ outdated: fc.boolean(), serving: fc.boolean(), ready: fc.boolean() });
    fc.assert(
      fc.property(fc.constantFrom(3, 5), fc.array(flags, { minLength: 5, maxLength: 5 }), (size, all) => {
        const members = all.slice(0, size).map((changes, index) => member(`cp-${index}`, changes));
        const { turn } = decide(members);
        if (turn === undefined) return;
        const left = members.filter(
          ({ name, serving, node }) => name !== turn.name && serving && node?.ready === true,
        );
        assert.equal(left.length, size - 1);
      }),
    );
  });
});
