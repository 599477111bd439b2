import assert from "node:assert/strict";
import {
  haltMessage,
  isHalted,
  nextPoolCare,
  type Outcome,
  templateInForce,
} from "../../../shared/nodes/canary.ts";

const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  pool: "general",
  template: "t/new",
  bad: [{ name: "d", zone: "zones/a", why: "d never joined" }],
  proven: [],
  machines: [{ zone: "zones/a" }],
  lastGood: "t/old",
  ...more,
});
const POLICY = { haltAfter: 1, onFailure: "pause" } as const;
const BACK = { haltAfter: 1, onFailure: "rollback" } as const;
const failed = nextPoolCare(undefined, outcome());

describe("the memory of an upgrade that fails", () => {
  it("is nothing as long as no new node is bad", () =>
    assert.equal(nextPoolCare(undefined, outcome({ bad: [] })), undefined));
  it("names the bad ones, what is wrong, and where a rollback leads", () =>
    assert.deepEqual(failed, {
      pool: "general",
      template: "t/new",
      bad: ["d"],
      message: "d never joined",
      lastGood: "t/old",
    }));
  it("keeps one that is gone, and where it would go back to", () =>
    assert.deepEqual(nextPoolCare(failed, outcome({ bad: [], lastGood: "t/other" })), failed));
  it("counts another one", () => {
    const bad = [{ name: "e", zone: "zones/a", why: "e never joined" }];
    assert.deepEqual(nextPoolCare(failed, outcome({ bad }))?.bad, ["d", "e"]);
  });
  it("forgets one that came round", () =>
    assert.equal(nextPoolCare(failed, outcome({ bad: [], proven: ["d"] })), undefined));
  it("ends with the template that failed", () =>
    assert.equal(nextPoolCare(failed, outcome({ template: "t/newer", bad: [] })), undefined));
});

describe("an upgrade with bad nodes", () => {
  it("halts with as many as the pool says, and not with those of another template", () => {
    assert.equal(isHalted(failed, "t/new", POLICY), true);
    assert.equal(isHalted(failed, "t/new", { ...POLICY, haltAfter: 2 }), false);
    assert.equal(isHalted(failed, "t/newer", POLICY), false);
  });
  it("goes back where the pool says so, and not for another template", () => {
    assert.equal(templateInForce(failed, "t/new", POLICY), "t/new");
    assert.equal(templateInForce(failed, "t/new", BACK), "t/old");
    assert.equal(templateInForce(failed, "t/newer", BACK), "t/newer");
    assert.equal(templateInForce(undefined, "t/new", BACK), "t/new");
  });
  it("with nowhere to go back to stays", () => {
    const nowhere = nextPoolCare(undefined, { ...outcome(), lastGood: undefined } as unknown as Outcome);
    assert.equal(templateInForce(nowhere, "t/new", BACK), "t/new");
  });
  it("is told with the way out", () => {
    assert(failed !== undefined);
    assert.equal(
      haltMessage(failed, "t/new"),
      "The upgrade of pool general halted, for 1 new node is bad: d never joined. Change the pool's spec and it is tried again.",
    );
    assert.match(
      haltMessage(failed, "t/old"),
      /^Pool general was rolled back to its last good template old, /,
    );
  });
});
