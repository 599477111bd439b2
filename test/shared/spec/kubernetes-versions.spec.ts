/** Which version a wish means, and when. */
import assert from "node:assert/strict";
import semver from "semver";
import {
  DEFAULT_KUBERNETES_VERSION,
  KUBERNETES_MINORS,
  newestMeant,
  nextByItself,
  oldestMeant,
  resolveVersion,
  supportedMinors,
  versionsBetween,
} from "../../../shared/spec/kubernetes-versions.ts";

const at = (text: string) => Date.parse(text);
const NOW_MS = at("2026-11-23");

describe("Kubernetes versions", () => {
  it("a minor means its newest patch, a patch itself, a range the newest in support", () => {
    assert.deepEqual(resolveVersion("1.36", NOW_MS), { ok: true, version: "1.36.4" });
    assert.deepEqual(resolveVersion("1.36.1", NOW_MS), { ok: true, version: "1.36.1" });
    assert.deepEqual(resolveVersion(">=1.35.4 <1.37", NOW_MS), { ok: true, version: "1.36.4" });
    assert.deepEqual(resolveVersion(">=1.34", NOW_MS), { ok: true, version: "1.37.1" });
  });
  it("a range passes over a minor whose release is ahead", () => {
    assert.deepEqual(resolveVersion(">=1.36", at("2026-08-25")), { ok: true, version: "1.36.4" });
  });
  it("support lasts through its last day", () => {
    assert.equal(resolveVersion("1.34", at("2026-10-27T23:59:59Z")).ok, true);
    assert.deepEqual(resolveVersion("1.34", at("2026-10-28T00:00:00Z")), {
      ok: false,
      reason: "is out of support since 2026-10-27",
      remedy: 'use "1.35", "1.36" or "1.37"',
    });
  });
  it("a minor is not to be had before its release", () => {
    assert.deepEqual(resolveVersion("1.37", at("2026-08-01")), {
      ok: false,
      reason: "is not released before 2026-08-26",
      remedy: 'use "1.34", "1.35" or "1.36"',
    });
  });
  it("when all that is known is past support, the remedy is an update of the control plane", () => {
    const answer = resolveVersion("1.36", at("2030-01-01"));
    assert.ok(!answer.ok);
    assert.equal(answer.remedy, "update Clusterwright: every version that it knows is past support");
  });
  it("a wish has an oldest and a newest version that it could mean", () => {
    assert.deepEqual([oldestMeant("1.36"), newestMeant("1.36")], ["1.36.0", "1.36.4"]);
    assert.deepEqual([oldestMeant(">=1.35.4 <1.37"), newestMeant(">=1.35.4 <1.37")], ["1.35.4", "1.36.4"]);
    assert.deepEqual([oldestMeant("nonsense"), newestMeant("nonsense")], [undefined, undefined]);
  });
  it("the way up stops at the newest patch of every minor between, out of support or not; there is no way down", () => {
    assert.deepEqual(versionsBetween("1.34.2", "1.37.1"), ["1.35.8", "1.36.4", "1.37.1"]);
    assert.deepEqual(versionsBetween("1.36.1", "1.36.4"), ["1.36.4"]);
    assert.deepEqual(versionsBetween("1.33.9", "1.35.0"), ["1.34.11", "1.35.0"]);
    assert.equal(versionsBetween("1.31.0", "1.35.0"), undefined, "1.32 is not known");
    assert.equal(versionsBetween("1.36.4", "1.36.1"), undefined);
  });
  it("the catalogue has no gaps, and its default is in support", () => {
    KUBERNETES_MINORS.slice(1).forEach((minor, index) => {
      const before = KUBERNETES_MINORS[index];
      assert.ok(before !== undefined);
      assert.equal(semver.minor(`${minor.minor}.0`), semver.minor(`${before.minor}.0`) + 1);
      assert.ok(at(minor.released) > at(before.released) && at(minor.endOfSupport) > at(before.endOfSupport));
    });
    assert.ok(supportedMinors(NOW_MS).includes(DEFAULT_KUBERNETES_VERSION));
  });

  it("moves by itself within what was asked for: patches of a minor, the next minor, and never out of a range", () => {
    const next = (wish: string, present: string, patch: boolean, minor: boolean, nowMs = NOW_MS) =>
      nextByItself(wish, present, { patch, minor }, nowMs);
    assert.equal(next("1.36", "1.36.2", true, false), "1.36.4");
    assert.equal(next("1.36", "1.36.4", true, false), undefined);
    assert.equal(next("1.36", "1.36.2", false, false), undefined);
    assert.equal(next("1.36.2", "1.36.2", true, true), undefined, "an exact patch is meant exactly");
    assert.equal(next("1.36", "1.36.2", true, true), "1.37.1");
    assert.equal(next("1.36", "1.36.2", false, true), "1.37.1");
    assert.equal(next("1.36", "1.37.0", true, false), "1.37.1", "where it has moved on already");
    assert.equal(next("1.36", "1.36.4", true, true, Date.parse("2026-08-01")), undefined, "not released");
    assert.equal(next(">=1.36.1 <1.37", "1.36.2", true, true), "1.36.4");
    assert.equal(next(">=1.36.1 <1.36.4", "1.36.2", true, true), undefined);
    assert.equal(next("1.36", "", true, true), undefined, "nothing runs yet");
  });
});
