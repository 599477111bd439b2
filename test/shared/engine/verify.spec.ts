import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import type { KindState } from "../../../shared/engine/plan.ts";
import { unseenIn, verdictOf, wantsWholeLook } from "../../../shared/engine/verify.ts";
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import { NO_CARE } from "../../../shared/status/care.ts";
import type { AcceptedCommand } from "../../../shared/status/inbox.ts";
import { createSeededChance } from "../../../simulator/chance.ts";

const STATUS = { ...newStatus(createSeededChance(1)), nodes: { desired: 3, ready: 3, total: 3 } };
const state = (kind: string, changes: Partial<KindState> = {}): KindState => ({
  kind,
  desired: 2,
  observed: 2,
  actions: [],
  waiting: [],
  problems: [],
  blockedBy: [],
  undecided: false,
  unseen: undefined,
  settled: true,
  ...changes,
});
const drifted = (name: string) => ({
  key: `projects/p/global/firewalls/${name}`,
  verb: "patch",
  reason: "allowed was changed",
});

describe("a cluster that is verified", () => {
  it("is as declared when nothing is to be done and no condition says otherwise", () => {
    assert.deepEqual(verdictOf(STATUS, [state("firewalls"), state("disks")]), {
      result: "succeeded",
      message: "3 of 3 nodes are Ready; 4 things were looked at; all is as declared",
    });
  });

  it("is told what is not, and that it is put right", () => {
    const verdict = verdictOf(STATUS, [state("firewalls", { actions: [drifted("f-1")], settled: false })]);
    assert.deepEqual(verdict, {
      result: "failed",
      message:
        "3 of 3 nodes are Ready; 2 things were looked at; 1 thing is not as declared, and is put right: patch f-1 (allowed was changed)",
    });
  });

  it("is told the first few of much that is amiss, and how many more", () => {
    const actions = ["1", "2", "3", "4", "5", "6", "7"].map(drifted);
    const { message = "" } = verdictOf(STATUS, [state("firewalls", { actions })]) ?? {};
    assert.match(message, /7 things are not as declared, and are put right: patch 1 .*, 2 more$/);
    assert.doesNotMatch(message, /patch 6/);
  });

  it("has no verdict while something cannot be seen, and says what", () => {
    const unseen = new CloudError("unavailable", "The backend is down.");
    const states = [state("firewalls"), state("disks", { unseen, settled: false })];
    assert.equal(verdictOf(STATUS, states), undefined);
    assert.match(
      unseenIn(states) ?? "",
      /^disks cannot be seen, and is looked at again: .*The backend is down/,
    );
    assert.equal(unseenIn([state("disks")]), undefined);
  });

  it("is looked at whole as soon as that is due", () => {
    const verify: AcceptedCommand = {
      operation: "verify-1",
      command: "verify",
      reason: "",
      requestedBy: "ada",
      requestedMs: 0,
    };
    const status = { ...STATUS, care: { ...NO_CARE, commands: [verify] } };
    assert.equal(
      wantsWholeLook(status, () => true),
      true,
    );
    assert.equal(
      wantsWholeLook(status, () => false),
      false,
    );
    assert.equal(
      wantsWholeLook(STATUS, () => true),
      false,
    );
  });
});
