/** Kubernetes goes up minor by minor, the control plane first and one machine at a time, and the cluster stays the same one. */
import assert from "node:assert/strict";
import { upgradeStage, watch } from "./upgrade-stage.ts";

describe("an upgrade of Kubernetes", function () {
  this.timeout(120_000);

  for (const replicas of [1, 3])
    it(`takes ${replicas} control-plane machines and their nodes one minor up`, async () => {
      const on = await upgradeStage({ replicas, version: "1.35" });
      await on.write({ version: "1.36" });
      await watch(on);
      console.log((await on.log()).join("\n"));
      await on.cluster.assertSettled();
      assert.deepEqual(await on.versions(), ["1.36.4"]);
    });
});
