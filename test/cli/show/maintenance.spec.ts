import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { maintenanceIn, maintenanceText } from "../../../cli/show/maintenance.ts";
import { publicStatus } from "../../../functions/api/public-status.ts";
import { newStatus } from "../../../shared/engine/admit.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { exampleDocument, TEST_NOW_MS } from "../../support/specs.ts";

const WINDOWS = [{ start: "2026-11-07T02:00", duration: "4h" }];

function shown(maintenance: object, changes: Partial<ClusterStatus>): string {
  const spec = { ...(exampleDocument("quickstart") as object), maintenance };
  const status = publicStatus({ ...newStatus(createSeededChance(1)), ...changes });
  const seen = maintenanceIn({ id: "quickstart", spec, status }, TEST_NOW_MS);
  assert(seen !== undefined);
  return stripVTControlCharacters(maintenanceText(seen, TEST_NOW_MS));
}

describe("what is shown of a cluster's maintenance", () => {
  const pins = {
    kubernetesVersion: "1.36.2",
    images: { "ubuntu-24.04": "projects/p/global/images/u-1" },
    initialised: true,
  };
  const images = { askedMs: TEST_NOW_MS, newer: { "ubuntu-24.04": "projects/p/global/images/u-2" } };

  it("names what it takes by itself, and when", () => {
    assert.equal(
      shown({ windows: WINDOWS }, { pins, images }),
      "now         closed: upgrades wait\n" +
        "next        Sat 2026-11-07 02:00 UTC for 4 h, in 5 d 14 h\n" +
        "takes       Kubernetes 1.36.2 → 1.36.4, by itself (maintenance.autoUpgrade)\n" +
        "            image u-2 of ubuntu-24.04, by itself (maintenance.autoUpgrade)\n",
    );
  });

  it("names nothing that the spec holds, nor while an upgrade is under way", () => {
    const held = { windows: WINDOWS, autoUpgrade: { patch: false, os: false } };
    assert.doesNotMatch(shown(held, { pins, images }), /takes/);
    const upgrade = { from: "1.35.8", nodes: "1.35.8" };
    assert.doesNotMatch(shown({ windows: WINDOWS }, { pins: { ...pins, upgrade }, images }), /takes/);
  });
});
