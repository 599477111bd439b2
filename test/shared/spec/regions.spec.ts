/** The table of regions and zones. */
import assert from "node:assert/strict";
import { defaultZonesOf, REGIONS, zonesOf } from "../../../shared/spec/regions.ts";

describe("regions", () => {
  it("have three default zones each, and the four that are unlike the rest have theirs", () => {
    for (const region of REGIONS) assert.equal(defaultZonesOf(region).length, 3, region);
    assert.deepEqual(zonesOf("us-central1"), [
      "us-central1-a",
      "us-central1-b",
      "us-central1-c",
      "us-central1-f",
    ]);
    assert.deepEqual(zonesOf("europe-west1"), ["europe-west1-b", "europe-west1-c", "europe-west1-d"]);
    assert.deepEqual(zonesOf("us-east1"), ["us-east1-b", "us-east1-c", "us-east1-d"]);
  });
  it("that are not known, or named like a property of objects, have no zones", () => {
    for (const name of ["mars-north1", "constructor", "__proto__", "toString"])
      assert.deepEqual(zonesOf(name), []);
  });
});
