/** What a document asks for, given what is in force. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { acceptSpec, deletionWish } from "../../../shared/engine/accept.ts";
import { admit, newStatus } from "../../../shared/engine/admit.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { exampleDocument, TEST_NOW_MS } from "../../support/specs.ts";

const ID = "quickstart";
const SPEC = exampleDocument(ID);
const FRESH = newStatus(createSeededChance(1));
const accepted = (spec: Readonly<Record<string, unknown>>): ClusterStatus => {
  const acceptance = acceptSpec(ID, { spec }, undefined, TEST_NOW_MS);
  assert.equal(acceptance.verdict, "accepted");
  return admit({ status: FRESH, lines: [] }, acceptance, TEST_NOW_MS).status;
};
function refusal(spec: unknown, status: ClusterStatus | undefined = undefined): string {
  const acceptance = acceptSpec(ID, { spec }, status, TEST_NOW_MS);
  assert.equal(acceptance.verdict, "refused");
  assert.ok(acceptance.errors.length > 0);
  return `${acceptance.reason} ${acceptance.errors.map(({ path }) => path).join()}`;
}

describe("engine/accept", () => {
  it("takes a spec in once: written again, in whatever order of keys, it is unchanged", () => {
    const status = accepted(SPEC);
    const turned = Object.fromEntries(Object.entries(SPEC).reverse());
    assert.deepEqual(acceptSpec(ID, { spec: turned }, status, TEST_NOW_MS), { verdict: "unchanged" });
  });

  it("refuses by the first thing that is wrong: the spec itself, what is not built, what cannot change", () => {
    const status = accepted(SPEC);
    assert.equal(
      refusal({ ...SPEC, region: "mars-north1", monitoring: { enabled: false } }),
      "SpecInvalid region",
    );
    assert.equal(
      refusal({ ...SPEC, monitoring: { enabled: false } }, status),
      "NotSupportedYet monitoring.enabled",
    );
    assert.equal(refusal({ ...SPEC, project: "other-project" }, status), "ChangeRefused project");
    assert.equal(refusal({ ...SPEC, name: "other" }), "SpecInvalid name");
  });

  it("compares a wish with the version that runs: there is no way back (S9)", () => {
    const status = accepted({ ...SPEC, kubernetes: { version: "1.36.2" } });
    const again = (version: string) =>
      acceptSpec(ID, { spec: { ...SPEC, kubernetes: { version } } }, status, TEST_NOW_MS);
    assert.equal(again("1.36").verdict, "accepted", "1.36.2 is a 1.36");
    assert.equal(again("1.36.3").verdict, "accepted");
    assert.equal(again("1.36.1").verdict, "refused");
    assert.equal(again("1.35").verdict, "refused");
  });

  it("takes no missing, empty or mangled document for anything (S14)", () => {
    assert.equal(acceptSpec(ID, undefined, undefined, TEST_NOW_MS).verdict, "refused");
    fc.assert(
      fc.property(fc.anything(), (spec) => {
        assert.equal(acceptSpec(ID, { spec }, undefined, TEST_NOW_MS).verdict, "refused");
      }),
    );
  });
});

describe("a wish to delete", () => {
  const status = accepted({ ...SPEC, deletionProtection: false });
  const wish = (deletion: object | undefined, of: ClusterStatus = status) =>
    deletionWish(deletion === undefined ? undefined : { spec: SPEC, deletion }, of);

  it("needs a tombstone that names the uid (S14)", () => {
    assert.deepEqual(wish(undefined), { wish: "none" });
    assert.deepEqual(wish({ uid: status.uid }), { wish: "delete" });
    for (const uid of [undefined, "zzzzzz"]) {
      const answer = wish(uid === undefined ? {} : { uid });
      assert.equal(answer.wish === "refused" ? answer.reason : "", "DeletionUidMismatch");
    }
  });

  it("is refused to a protected cluster, with the way out", () => {
    const answer = wish({ uid: FRESH.uid }, accepted({ ...SPEC, deletionProtection: true }));
    assert.match(answer.wish === "refused" ? answer.message : "", /set deletionProtection: false/);
  });

  it("cannot be taken back once it has begun", () => {
    assert.deepEqual(wish(undefined, { ...status, deleting: true }), { wish: "delete" });
  });
});
