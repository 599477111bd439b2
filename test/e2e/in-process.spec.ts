import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";

const EXAMPLES = ["quickstart", "ha", "private", "every-os"];

describe("every example, in process under virtual time", function () {
  this.timeout(60_000);
  for (const name of EXAMPLES) {
    it(`${name} reaches Ready and is deleted to nothing (L1, L5)`, async () => {
      const plane = simulatedPlane();
      const spec = { ...exampleDocument(name), deletionProtection: false };
      await plane.write(name, { spec });
      await plane.until(name, (status) => status?.phase === "Ready");
      const ready = await plane.status(name);
      assert.equal(ready?.nodes.ready, ready?.nodes.desired);
      assert.equal(ready?.wakeAtMs, null, "a settled cluster asks for nothing");
      await plane.write(name, { spec, deletion: { uid: ready?.uid ?? "" } });
      await plane.until(name, (status) => status === undefined);
      assert.deepEqual(
        plane.cloud.compute.inventory().map((entry) => entry.path),
        [],
      );
      assert.deepEqual(plane.cloud.secrets.inProject("demo-project"), []);
    });
  }
});
