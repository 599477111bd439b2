/** Nodes that were begun together must not wait for one another. */
import assert from "node:assert/strict";
import { advance, decide, logOf, type ModelMachine, poolModel, ready } from "./pool-model.ts";

const DEFAULT = { surge: 1, unavailable: 0 };

/** Two nodes of a pool that was to be emptied are cordoned, one new one serves; then the pool shall have two again. */
function regrown() {
  const model = poolModel(2, DEFAULT, [{ outdated: true }, { outdated: true }, {}]);
  const [a, b] = model.machines as [ModelMachine, ModelMachine];
  for (const machine of [a, b])
    machine.node = { ...ready(machine), cordon: { by: "us", reason: "", sinceMs: 0 } };
  return { model, a, b };
}

describe("nodes/needed-again", () => {
  it("gives back as many cordoned nodes as are missing, where they would wait for one another", () => {
    const { model } = regrown();
    const { machines } = decide(model);
    assert.deepEqual(
      machines.map(({ verb, name }) => `${verb} ${name}`),
      ["uncordon a"],
    );
    assert.match(machines[0]?.reason ?? "", /too few nodes that take pods/);
  });

  it("ends with the pool as it shall be", () => {
    const { model } = regrown();
    logOf(model);
    assert.deepEqual(
      model.machines.map(({ outdated, node }) => [outdated, node?.cordon.by]),
      [
        [false, "nobody"],
        [false, "nobody"],
      ],
    );
  });

  it("keeps one that leaves for a reason of its own cordoned, and gives back the other", () => {
    const { model, a } = regrown();
    a.leave = { cause: "repair", reason: "it failed" };
    assert.deepEqual(
      decide(model).machines.map(({ verb, name }) => `${verb} ${name}`),
      ["uncordon b"],
    );
  });

  it("gives none back while another node may recover", () => {
    const { model } = regrown();
    const [, , c] = model.machines as [ModelMachine, ModelMachine, ModelMachine];
    c.node = { ...ready(c), ready: false };
    assert.deepEqual(decide(model).machines, []);
  });

  it("gives one back also where a node that a command drained is missing, which comes back by a person alone", () => {
    const model = poolModel(3, { surge: 0, unavailable: 1 }, [{ outdated: true }, { outdated: true }, {}]);
    const [a, b, c] = model.machines as [ModelMachine, ModelMachine, ModelMachine];
    for (const machine of [a, b])
      machine.node = { ...ready(machine), cordon: { by: "us", reason: "", sinceMs: 0 } };
    c.node = { ...ready(c), cordon: { by: "others", empty: true } };
    assert.deepEqual(
      decide(model).machines.map(({ verb, name }) => `${verb} ${name}`),
      ["uncordon a"],
    );
    advance(model, decide(model));
    assert.deepEqual(decide(model).machines, []);
    assert.match(decide(model).waiting.join(), /a command drained c/);
  });
});
