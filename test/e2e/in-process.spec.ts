/** The life of every example in process: it comes up, takes an edit of everything at once, and goes. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { PROJECT, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";
import { EXAMPLES, example, POOLS } from "./edits/examples.ts";
import { makeGoldenImage } from "./edits/golden-image.ts";
import { editedTogether, showAll } from "./edits/table.ts";

describe("every example, in process under virtual time", function () {
  this.timeout(60_000);
  for (const name of EXAMPLES) {
    it(`${name} reaches Ready, takes an edit of every mutable field at once, and is deleted to nothing (L1, L5)`, async () => {
      const plane = simulatedPlane();
      const first = example(name);
      const cluster = runningCluster(plane, name, first);
      const golden = await makeGoldenImage(plane.cloud, PROJECT);
      await cluster.write(first);
      await cluster.assertSettled();

      const edited = editedTogether(first, POOLS[name]);
      await cluster.write(edited.document);
      await cluster.assertSettled();
      await showAll(cluster, edited);

      await cluster.deleteToNothing();
      assert.deepEqual(
        plane.cloud.compute.inventory().map((entry) => entry.path),
        [golden],
      );
      assert.deepEqual(plane.cloud.secrets.inProject(PROJECT), []);
    });
  }
});
