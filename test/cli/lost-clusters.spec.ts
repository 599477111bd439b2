import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { lostClusters } from "../../cli/show/lost-clusters.ts";

describe("documents of a simulated cloud that is gone", () => {
  it("are named with the way out, and nothing is said where there are none", () => {
    assert.equal(lostClusters([], ".clusterwright"), "");
    const two = stripVTControlCharacters(lostClusters(["quickstart", "ha"], ".clusterwright"));
    assert.match(two, /^! quickstart, ha were in a simulated cloud that ended with its process/);
    assert.match(two, /npx clusterwright delete quickstart ha --yes/);
  });
});
