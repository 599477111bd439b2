import assert from "node:assert/strict";
import { type CordonPatch, cordonOf, cordonPatch, uncordonPatch } from "../../../shared/nodes/cordon.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
/** What a Node has after a patch. */
function patched({ spec, metadata }: CordonPatch, annotations: Record<string, string> = {}) {
  const after = Object.entries({ ...annotations, ...metadata.annotations }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return cordonOf(spec?.unschedulable ?? false, Object.fromEntries(after));
}

describe("a cordon", () => {
  it("of ours is known by its reason and its beginning", () => {
    const cordon = patched(cordonPatch({ cause: "upgrade", reason: "it is outdated" }, NOW_MS, "7"));
    assert.deepEqual(cordon, { by: "us", reason: "it is outdated", sinceMs: NOW_MS, cause: "upgrade" });
  });
  it("without our marks is somebody else's", () => {
    assert.deepEqual(cordonOf(true, undefined), { by: "others" });
    assert.deepEqual(cordonOf(true, { team: "payments" }), { by: "others" });
  });
  it("whose marks somebody edited is not ours any more", () => {
    const { annotations } = cordonPatch({ cause: "upgrade", reason: "x" }, NOW_MS, undefined).metadata;
    const garbled = Object.fromEntries(Object.keys(annotations).map((key) => [key, "garbled"]));
    assert.deepEqual(cordonOf(true, garbled), { by: "others" });
  });
  it("is none where pods may be scheduled, whatever marks are left", () => {
    const { annotations } = cordonPatch({ cause: "upgrade", reason: "x" }, NOW_MS, undefined).metadata;
    assert.deepEqual(cordonOf(false, annotations as Record<string, string>), { by: "nobody" });
  });
  it("that is lifted leaves no mark", () => {
    const { annotations } = cordonPatch({ cause: "upgrade", reason: "x" }, NOW_MS, undefined).metadata;
    const after = { ...annotations, ...uncordonPatch("7").metadata.annotations };
    assert(Object.values(after).every((value) => value === null));
  });
  it("is refused on a Node that changed meanwhile", () => {
    assert.equal(cordonPatch({ cause: "upgrade", reason: "x" }, NOW_MS, "7").metadata.resourceVersion, "7");
    assert.equal(uncordonPatch("7").metadata.resourceVersion, "7");
  });
});
