import assert from "node:assert/strict";
import {
  CORDON_REASON_ANNOTATION,
  CORDON_SINCE_ANNOTATION,
  type CordonPatch,
  cordonOf,
  cordonPatch,
  drainedPatch,
  isMarked,
  uncordonPatch,
  unmarkPatch,
} from "../../../shared/nodes/cordon.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const WHY = { cause: "upgrade", reason: "x" } as const;
/** What a Node has after a patch. */
function patched({ spec, metadata }: CordonPatch, annotations: Record<string, string> = {}) {
  const after = Object.entries({ ...annotations, ...metadata.annotations }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return cordonOf(spec?.unschedulable ?? true, Object.fromEntries(after));
}

describe("a cordon", () => {
  it("of ours is known by its reason and its beginning", () => {
    const cordon = patched(
      cordonPatch({ cause: "upgrade", reason: "it is outdated", operation: "op-1" }, NOW_MS, "7"),
    );
    const ours = { by: "us", reason: "it is outdated", sinceMs: NOW_MS };
    assert.deepEqual(cordon, { ...ours, cause: "upgrade", operation: "op-1" });
  });
  it("of an older version, which names no cause, is ours all the same", () => {
    const annotations = {
      [CORDON_REASON_ANNOTATION]: "it is outdated",
      [CORDON_SINCE_ANNOTATION]: new Date(NOW_MS).toISOString(),
    };
    assert.deepEqual(cordonOf(true, annotations), { by: "us", reason: "it is outdated", sinceMs: NOW_MS });
  });
  it("says when its node was drained, and a later one does not know of it", () => {
    const drained = { ...cordonPatch(WHY, NOW_MS, "7").metadata.annotations } as Record<string, string>;
    Object.assign(drained, drainedPatch(NOW_MS + 1, "boot-1", "8").metadata.annotations);
    const cordon = cordonOf(true, drained);
    assert(cordon.by === "us");
    assert.equal(cordon.drainedMs, NOW_MS + 1);
    assert.equal(cordon.drainedBoot, "boot-1");
    const again = patched(cordonPatch(WHY, NOW_MS + 2, "9"), drained);
    assert(again.by === "us");
    assert.equal(again.drainedMs, undefined);
  });
  it("without our marks is somebody else's", () => {
    assert.deepEqual(cordonOf(true, undefined), { by: "others" });
    assert.deepEqual(cordonOf(true, { team: "payments" }), { by: "others" });
  });
  it("whose marks somebody edited is not ours any more", () => {
    const { annotations } = cordonPatch(WHY, NOW_MS, undefined).metadata;
    const garbled = Object.fromEntries(Object.keys(annotations).map((key) => [key, "garbled"]));
    assert.deepEqual(cordonOf(true, garbled), { by: "others" });
  });
  it("whose marks say what cannot be is read as far as it can be", () => {
    const late = {
      [CORDON_REASON_ANNOTATION]: "x",
      [CORDON_SINCE_ANNOTATION]: "+275760-09-13T00:00:00.000Z",
    };
    assert.deepEqual(cordonOf(true, late), { by: "others" });
    const { annotations } = cordonPatch(
      { cause: "upgrade", reason: "x".repeat(250_000) },
      NOW_MS,
      "7",
    ).metadata;
    const cordon = cordonOf(true, annotations as Record<string, string>);
    assert(cordon.by === "us" && cordon.reason.length === 1_000);
  });
  it("is none where pods may be scheduled, whatever marks are left", () => {
    const { annotations } = cordonPatch(WHY, NOW_MS, undefined).metadata;
    assert.deepEqual(cordonOf(false, annotations as Record<string, string>), { by: "nobody" });
  });
  it("of ours that somebody else ended leaves marks, which go and say nothing about whether it takes pods", () => {
    const { annotations } = cordonPatch(WHY, NOW_MS, undefined).metadata;
    const marks = annotations as Record<string, string>;
    assert.deepEqual(
      [isMarked(false, marks), isMarked(true, marks), isMarked(false, {})],
      [true, false, false],
    );
    const { metadata, spec } = unmarkPatch("7");
    assert.equal(spec, undefined);
    assert.equal(metadata.resourceVersion, "7");
    assert(Object.values({ ...marks, ...metadata.annotations }).every((value) => value === null));
  });
  it("that is lifted leaves no mark", () => {
    const { annotations } = cordonPatch(WHY, NOW_MS, undefined).metadata;
    const after = { ...annotations, ...uncordonPatch("7").metadata.annotations };
    assert(Object.values(after).every((value) => value === null));
  });
  it("is refused on a Node that changed meanwhile", () => {
    assert.equal(cordonPatch(WHY, NOW_MS, "7").metadata.resourceVersion, "7");
    assert.equal(uncordonPatch("7").metadata.resourceVersion, "7");
  });
});
