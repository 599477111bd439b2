import assert from "node:assert/strict";
import { disruptionBudget } from "../../../shared/nodes/budget.ts";
import type { Hold } from "../../../shared/nodes/hold.ts";
import { decidePool } from "../../../shared/nodes/rollout.ts";
import { advance, decide, logOf, type ModelMachine, poolModel, ready, viewOf } from "./pool-model.ts";

const OLD = { outdated: true };
const DEFAULT = { surge: 1, unavailable: 0 };

describe("the rollout of a pool", () => {
  it("3 machines, one at a time: a new one joins, then the oldest is drained and goes", () => {
    assert.deepEqual(logOf(poolModel(3, DEFAULT, [OLD, OLD, OLD])), [
      "grow to 4",
      "wait for d to join",
      "cordon a",
      "drain a",
      "drain a",
      "wait for machine a to be deleted",
      "grow to 4",
      "wait for e to join",
      "cordon b",
      "drain b",
      "drain b",
      "wait for machine b to be deleted",
      "grow to 4",
      "wait for f to join",
      "cordon c",
      "drain c",
      "drain c",
      "wait for machine c to be deleted",
    ]);
  });

  it("2 machines, none too many, one may miss: one goes, then another comes", () => {
    assert.deepEqual(logOf(poolModel(2, { surge: 0, unavailable: 1 }, [OLD, OLD])), [
      "cordon a",
      "drain a",
      "drain a",
      "wait for machine a to be deleted",
      "wait for c to join",
      "cordon b",
      "drain b",
      "drain b",
      "wait for machine b to be deleted",
      "the group makes its machine",
    ]);
  });

  it("3 machines, 2 too many and 1 may miss: one is tried first, then they move at once", () => {
    const first = logOf(poolModel(3, { surge: 2, unavailable: 1 }, [OLD, OLD, OLD]));
    assert.deepEqual(first.slice(0, 6), [
      "grow to 4",
      "wait for d to join",
      "cordon a, cordon b, grow to 5",
      "drain a, drain b",
      "drain a, drain b, cordon c",
      "drain c",
    ]);
  });

  it("one outdated machine of 3 is the only one that goes", () => {
    const log = logOf(poolModel(3, DEFAULT, [{}, OLD, {}]));
    assert.deepEqual(
      log.filter((line) => /cordon|drain/.test(line)),
      ["cordon b", "drain b", "drain b"],
    );
  });

  it("a machine that never joined, and a node that is not Ready, go first: they cost nothing", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, OLD]);
    const [, b, c] = model.machines as [ModelMachine, ModelMachine, ModelMachine];
    delete c.node;
    b.node = { ...ready(b), ready: false };
    const first = decide(model);
    assert.deepEqual(
      first.machines.map(({ verb, name }) => `${verb} ${name}`),
      ["delete c"],
    );
  });

  it("no machine is taken while another node of the pool is not Ready, and the wait says which", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, OLD, {}]);
    const d = model.machines[3] as ModelMachine;
    d.node = { ...ready(d), ready: false };
    const decision = decide(model);
    assert.deepEqual(decision.machines, []);
    assert.deepEqual(decision.waiting, ["node d to be Ready"]);
    assert.equal(decision.progress, "0 of 3 machines of pool general replaced");
  });

  it("a drain rests while another node is lost, and goes on when it is back", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, {}, {}]);
    advance(model, decide(model));
    const c = model.machines[2] as ModelMachine;
    c.node = { ...ready(c), ready: false };
    const resting = decide(model);
    assert.deepEqual(resting.machines, []);
    assert.match(
      resting.waiting.join(),
      /3 other nodes of pool general to be Ready before a is taken \(2 are\)/,
    );
    c.node = ready(c);
    assert.deepEqual(
      decide(model).machines.map(({ verb, name }) => `${verb} ${name}`),
      ["drain a"],
    );
  });

  it("two nodes that are not Ready do not hold each other up", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, OLD]);
    for (const machine of model.machines.slice(0, 2)) machine.node = { ...ready(machine), ready: false };
    const log = logOf(model);
    assert.equal(log.at(-1), "wait for machine c to be deleted");
  });

  it("somebody else's cordon is left alone, and said; the others are replaced", () => {
    const model = poolModel(2, DEFAULT, [OLD, OLD]);
    const [a] = model.machines as [ModelMachine, ModelMachine];
    a.node = { ...ready(a), cordon: { by: "others" } };
    const log = logOf(model);
    assert(
      log.every((line) => !/(cordon|drain|delete) a\b/.test(line)),
      log.join("\n"),
    );
    const { problems } = decide(model);
    assert.deepEqual(
      problems.map(({ name }) => name),
      ["a"],
    );
    assert.match(
      problems[0]?.message ?? "",
      /cordoned by somebody else and is left alone.*kubectl uncordon a/,
    );
  });

  it("an edit that is taken back uncordons what was to go", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, OLD, {}]);
    advance(model, decide(model));
    for (const machine of model.machines) machine.outdated = machine.name === "d";
    const decision = decide(model);
    assert.deepEqual(
      decision.machines.map(({ verb, name }) => `${verb} ${name}`),
      ["uncordon a"],
    );
  });

  it("every decision says why", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, OLD, {}]);
    assert.deepEqual(decide(model).machines, [
      {
        verb: "cordon",
        name: "a",
        cause: "upgrade",
        reason: "a is made from an older template of pool general",
      },
    ]);
    assert.equal(
      decide(poolModel(3, DEFAULT, [OLD, OLD, OLD])).grow?.reason,
      "pool general gets 1 machine more while 3 of its 3 are replaced",
    );
  });
});

describe("a pool that shrinks", () => {
  it("from 4 machines to 2 drains the youngest of the fullest zone, one at a time", () => {
    const model = poolModel(2, DEFAULT, [{}, {}, {}, {}]);
    assert.deepEqual(logOf(model), [
      "cordon d",
      "drain d",
      "drain d",
      "wait for machine d to be deleted",
      "cordon c",
      "drain c",
      "drain c",
      "wait for machine c to be deleted",
    ]);
    assert.deepEqual(
      model.machines.map(({ name }) => name),
      ["a", "b"],
    );
  });

  it("gives up outdated machines and those that never joined before any other", () => {
    const model = poolModel(2, DEFAULT, [{}, OLD, {}, {}]);
    delete (model.machines[3] as ModelMachine).node;
    const gone = logOf(model).filter((line) => /^(cordon|delete)/.test(line));
    assert.deepEqual(gone, ["delete d", "cordon b"]);
  });

  it("passes over a machine that somebody cordoned while there are others", () => {
    const model = poolModel(2, DEFAULT, [{}, {}, {}]);
    const c = model.machines[2] as ModelMachine;
    c.node = { ...ready(c), cordon: { by: "others" } };
    const [first] = decide(model).machines;
    assert.equal(first?.verb, "cordon");
    assert.notEqual(first?.name, "c");
  });

  it("and one that goes drains every machine, one at a time", () => {
    const model = poolModel(0, { surge: 0, unavailable: 0 }, [{}, {}, {}]);
    model.removed = true;
    assert.equal(decide(model).progress, "3 machines left of pool general, which goes");
    const log = logOf(model);
    assert.equal(log.filter((line) => line.startsWith("cordon")).length, 3);
    assert.deepEqual(model.machines, []);
  });
});

describe("the disruption budget", () => {
  it("is one machine too many and none that misses by default", () => {
    assert.deepEqual(disruptionBudget(3, { maxSurge: 1, maxUnavailable: 0 }), {
      surge: 1,
      unavailable: 0,
      inFlight: 1,
    });
  });
  it("rounds a share of surge up and one of unavailability down", () => {
    assert.deepEqual(disruptionBudget(5, { maxSurge: "25%", maxUnavailable: "25%" }), {
      surge: 2,
      unavailable: 1,
      inFlight: 3,
    });
  });

  describe("while a hold stands", () => {
    const HOLD = { reason: "OutsideWindow", causes: ["upgrade"], waitsFor: "the window" } as const;
    const under = (model: ReturnType<typeof poolModel>, hold: Partial<Hold>) =>
      decidePool({ ...viewOf(model), holds: [{ ...HOLD, ...hold }] });

    it("neither takes a machine nor makes one in its place, and says what it waits for", () => {
      const { machines, grow, waiting } = under(poolModel(3, DEFAULT, [OLD, OLD, OLD]), {});
      assert.deepEqual([machines, grow, waiting], [[], undefined, ["the window"]]);
    });
    it("gives a node back whose drain it stops, where it is a long one", () => {
      const model = poolModel(3, DEFAULT, [OLD, OLD, OLD, {}]);
      const a = model.machines[0] as ModelMachine;
      a.node = { ...ready(a), cordon: { by: "us", reason: "it is outdated", sinceMs: 0 } };
      const verbs = (hold: Partial<Hold>) =>
        under(model, hold).machines.map(({ verb, name }) => `${verb} ${name}`);
      assert.deepEqual(verbs({}), []);
      assert.deepEqual(verbs({ givesBack: true }), ["uncordon a"]);
      assert.deepEqual(verbs({ letsBegunPass: true }), ["drain a"]);
    });

    const FAILED = { leave: { cause: "repair", reason: "its disk is read-only" } } as const;
    const STORM = { reason: "TooManyUnhealthy", causes: ["repair"], waitsFor: "the storm" } as const;

    it("of repairs, what has failed and is outdated as well is replaced all the same: that may be the cure", () => {
      const model = poolModel(3, DEFAULT, [{ ...OLD, ...FAILED }, OLD, OLD, {}]);
      const { machines } = under(model, STORM);
      assert.deepEqual(
        machines.map(({ verb, name, cause }) => `${verb} ${name}, ${cause}`),
        ["cordon a, upgrade"],
      );
      assert.match(machines[0]?.reason ?? "", /older template/);
    });
    it("of repairs, what is not outdated waits, but for the one on which a repair is tried", () => {
      const probe = { leave: { ...FAILED.leave, probe: true } };
      const model = poolModel(3, DEFAULT, [probe, FAILED, {}, {}]);
      const names = (hold: Partial<Hold>) => under(model, hold).machines.map(({ name }) => name);
      assert.deepEqual(names(STORM), []);
      assert.deepEqual(names({ ...STORM, letsProbePass: true }), ["a"]);
    });
  });

  describe("with a machine that somebody asked for", () => {
    const leaving = (afterwards?: "stay" | "restart"): Partial<ModelMachine> => ({
      leave: {
        cause: "command",
        reason: "drain asked for by alice",
        ...(afterwards === undefined ? {} : { afterwards }),
      },
    });
    it("makes another one first when it goes, and takes it alone", () => {
      const model = poolModel(3, DEFAULT, [{}, leaving(), {}]);
      assert.deepEqual(decidePool(viewOf(model)).grow?.to, 4);
      assert.deepEqual(decidePool(viewOf(model)).machines, []);
      const joined = poolModel(3, DEFAULT, [{}, leaving(), {}, {}]);
      assert.deepEqual(
        decidePool(viewOf(joined)).machines.map(({ verb, name }) => `${verb} ${name}`),
        ["cordon b"],
      );
    });
    it("misses it by itself when it stays or comes back, but not a second one", () => {
      const model = poolModel(3, DEFAULT, [{}, leaving("stay"), leaving("restart")]);
      const { machines, grow } = decidePool(viewOf(model));
      assert.equal(grow, undefined);
      assert.equal(machines.length, 1);
      assert.equal(machines[0]?.verb, "cordon");
    });
  });
});
