/** Strategies as sentences: a pool from here to rest, a line a tick of one minute. */
import assert from "node:assert/strict";
import { disruptionBudget } from "../../../shared/nodes/budget.ts";
import { begunBy, inFlightOf } from "../../../shared/nodes/strategy.ts";
import {
  advance,
  decide,
  logOf,
  type ModelMachine,
  type PoolModel,
  poolModel,
  viewOf,
} from "./pool-model.ts";

const OLD = { outdated: true };
const DEFAULT = { surge: 1, unavailable: 0 };
const MINUTE_MS = 60_000;

function blueGreen(size: number, batch: number, soakMinutes: number, batchSoakMinutes = 0): PoolModel {
  const machines = Array.from({ length: size }, () => OLD);
  const model = poolModel(size, { surge: size, unavailable: 0 }, machines);
  model.budget = { surge: size, unavailable: 0, inFlight: batch };
  model.strategy = {
    kind: "blue-green",
    batch,
    batchSoakMs: batchSoakMinutes * MINUTE_MS,
    soakMs: soakMinutes * MINUTE_MS,
  };
  return model;
}
/** The edit is taken back: what was new is outdated now, and the other way round. */
function turnBack(model: PoolModel): void {
  for (const machine of model.machines) machine.outdated = !machine.outdated;
}
const verbs = (model: PoolModel) => decide(model).machines.map(({ verb, name }) => `${verb} ${name}`);

describe("a canary", () => {
  it("3 replicas, surge 3, soak 2m: one new node first, and the others once it was well for 2m", () => {
    const model = poolModel(3, { surge: 3, unavailable: 0 }, [OLD, OLD, OLD]);
    model.soakTicks = 2;
    assert.deepEqual(logOf(model).slice(0, 7), [
      "grow to 4",
      "wait for d to join",
      "wait for node d to be well",
      "wait for node d to be well",
      "cordon a, grow to 6",
      "drain a",
      "drain a",
    ]);
  });

  it("surge 1, the canary never gets well: nothing that serves is touched", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, OLD]);
    advance(model, decide(model));
    (model.machines[3] as ModelMachine).sick = true;
    const log = logOf(model, 4);
    assert.deepEqual(log, [
      "wait for d to join",
      "wait for node d to be well",
      "wait for node d to be well",
      "wait for node d to be well",
      "and so on",
    ]);
  });

  it("none too many, 2 may miss, soak 1m: one goes first, its successor is well, then two at a time", () => {
    const model = poolModel(4, { surge: 0, unavailable: 2 }, [OLD, OLD, OLD, OLD]);
    model.soakTicks = 1;
    const log = logOf(model).filter((line) => !line.startsWith("drain"));
    assert.deepEqual(log.slice(0, 6), [
      "cordon a",
      "wait for machine a to be deleted",
      "wait for e to join",
      "wait for node e to be well",
      "cordon b, cordon c",
      "wait for machine b to be deleted, wait for machine c to be deleted",
    ]);
  });

  it("a sick node that comes later holds up the next one", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, {}, {}]);
    (model.machines[3] as ModelMachine).sick = true;
    assert.deepEqual(decide(model).waiting, ["node d to be well"]);
    assert.deepEqual(verbs(model), []);
  });
});

describe("a blue-green upgrade", () => {
  it("3 replicas, batch 1, soak 3m", () => {
    assert.deepEqual(logOf(blueGreen(3, 1, 3)), [
      "grow to 4",
      "wait for d to join",
      "grow to 6",
      "wait for e to join, wait for f to join",
      "cordon a, cordon b, cordon c",
      "drain a",
      "drain a",
      "drain b",
      "drain b",
      "drain c",
      "drain c",
      "wait for the old machines of pool general, kept until 1970-01-01T00:13:00.000Z for a way back, to go",
      "wait for the old machines of pool general, kept until 1970-01-01T00:13:00.000Z for a way back, to go",
      "delete a",
      "wait for machine a to be deleted",
      "delete b",
      "wait for machine b to be deleted",
      "delete c",
      "wait for machine c to be deleted",
    ]);
  });

  it("4 replicas, batch 2, 5m between the batches, no soak", () => {
    const log = logOf(blueGreen(4, 2, 0, 5)).filter((line) => /drain|batch|delete \w/.test(line));
    assert.deepEqual(
      [...new Set(log)],
      [
        "drain a, drain b",
        "wait for the next batch of pool general, at 1970-01-01T00:11:00.000Z",
        "drain c, drain d",
        "delete a, delete b",
        "delete c, delete d",
      ],
    );
  });

  it("taken back in the midst of the drains: the old are uncordoned at once, the new drained and gone", () => {
    const model = blueGreen(2, 1, 2);
    while (!verbs(model).includes("drain b")) advance(model, decide(model));
    turnBack(model);
    assert.deepEqual(verbs(model), ["uncordon a", "uncordon b"]);
    const log = logOf(model);
    assert.deepEqual(
      log.filter((line) => !line.startsWith("wait")),
      [
        "uncordon a, uncordon b",
        "cordon c, cordon d",
        "drain c",
        "drain c",
        "drain d",
        "drain d",
        "delete c",
        "delete d",
      ],
    );
  });

  it("a new node that falls ill stops the drains until it is well again", () => {
    const model = blueGreen(2, 1, 1);
    while (!verbs(model).includes("drain a")) advance(model, decide(model));
    const d = model.machines[3] as ModelMachine;
    if (d.node !== undefined) d.node.ready = false;
    assert.deepEqual(verbs(model), []);
    assert.deepEqual(decide(model).waiting, ["node d to be Ready"]);
    if (d.node !== undefined) d.node.ready = true;
    assert.deepEqual(verbs(model), ["drain a"]);
  });

  it("opens an old node for a new one that a command drained, and says what it waits for", () => {
    const model = blueGreen(2, 1, 1);
    while (!verbs(model).includes("drain a")) advance(model, decide(model));
    const d = model.machines[3] as ModelMachine;
    if (d.node !== undefined) d.node.cordon = { by: "others", empty: true };
    assert.deepEqual(verbs(model), ["uncordon a"]);
    assert.match(decide(model).waiting.join(), /a command drained d, until somebody asks for an uncordon/);
    advance(model, decide(model));
    assert.deepEqual(verbs(model), []);
    if (d.node !== undefined) d.node.cordon = { by: "nobody" };
    assert.deepEqual(verbs(model), ["cordon a"]);
  });

  it("leaves a node alone that somebody else cordoned, and says so", () => {
    const model = blueGreen(2, 2, 0);
    const [a] = model.machines as [ModelMachine];
    if (a.node !== undefined) a.node.cordon = { by: "others" };
    for (let tick = 0; tick < 20; tick += 1) advance(model, decide(model));
    assert.deepEqual(
      model.machines.map(({ name }) => name),
      ["a", "c", "d"],
    );
    const [problem] = decide(model).problems;
    assert.match(problem?.message ?? "", /cordoned by somebody else and is left alone/);
  });

  it("counts a drain's time from the beginning of its batch, not from the common cordon", () => {
    const model = blueGreen(2, 1, 0, 30);
    while (!verbs(model).includes("drain b")) advance(model, decide(model));
    const [drain] = decide(model).machines;
    const [a, b] = model.machines as [ModelMachine, ModelMachine];
    assert(a.node?.cordon.by === "us" && b.node?.cordon.by === "us");
    assert.equal(drain?.sinceMs, (a.node.cordon.drainedMs ?? 0) + 30 * MINUTE_MS);
    assert(b.node.cordon.sinceMs < (drain?.sinceMs ?? 0));
  });

  it("of a pool that shrinks meanwhile shrinks it first", () => {
    const model = blueGreen(3, 1, 0);
    model.size = 2;
    assert.deepEqual(verbs(model), ["cordon a"]);
    assert.match(logOf(model).at(-1) ?? "", /^wait for machine \w to be deleted$/);
    assert.equal(model.machines.length, 2);
    assert(model.machines.every(({ outdated }) => !outdated));
  });

  it("changed to a surge in the middle drains no more at once than the surge allows", () => {
    const model = blueGreen(3, 3, 60);
    while (!verbs(model).includes("drain a")) advance(model, decide(model));
    delete model.strategy;
    model.budget = disruptionBudget(3, { maxSurge: 1, maxUnavailable: 0 });
    assert.deepEqual(verbs(model), ["drain a"]);
  });
});

describe("an upgrade in place", () => {
  const inPlace = (machines: readonly Partial<ModelMachine>[]): PoolModel => {
    const budget = disruptionBudget(machines.length, {
      maxSurge: 1,
      maxUnavailable: 0,
      strategy: "in-place",
    });
    return { ...poolModel(machines.length, budget, machines), budget, strategy: { kind: "in-place" } };
  };
  const drained = (name: string, more: object = {}) => ({
    node: {
      ready: true,
      createdMs: name.charCodeAt(0),
      cordon: { by: "us", reason: "", sinceMs: 0, drainedMs: 1 } as const,
      ...more,
    },
  });

  it("takes one at a time, and nothing too many", () => {
    const model = inPlace([OLD, OLD, OLD]);
    assert.deepEqual(model.budget, { surge: 0, unavailable: 1, inFlight: 1 });
    assert.deepEqual(verbs(model), ["cordon a"]);
    advance(model, decide(model));
    assert.deepEqual(verbs(model), ["drain a"]);
    assert.equal(decide(model).machines[0]?.keep, true);
  });
  it("restarts a machine that is drained", () =>
    assert.deepEqual(verbs(inPlace([{ ...OLD, ...drained("a") }, OLD])), ["restart a"]));
  it("does not restart one that restarts already", () =>
    assert.deepEqual(verbs(inPlace([{ ...OLD, running: false, ...drained("a") }, OLD])), []));
  it("waits for it to be back, and takes no other meanwhile", () => {
    const decision = decide(inPlace([drained("a", { returning: "node a to be back" }), OLD, OLD]));
    assert.deepEqual(decision.machines, []);
    assert.equal(decision.waiting[0], "node a to be back");
  });
  it("uncordons it then, and says why", () => {
    const [uncordon] = decide(inPlace([drained("a"), OLD, OLD])).machines;
    assert.equal(uncordon?.verb, "uncordon");
    assert.equal(uncordon?.reason, "a is back with the present template");
  });
  it("takes no second one before the first has proven itself", () => {
    const model = inPlace([{}, OLD, OLD]);
    (model.machines[0] as ModelMachine).sick = true;
    assert.deepEqual(verbs(model), []);
  });
  it("deletes what is too many, as any pool does", () => {
    const model = inPlace([{}, {}, {}]);
    model.size = 2;
    assert.deepEqual(verbs(model), ["cordon c"]);
    advance(model, decide(model));
    assert.equal(decide(model).machines[0]?.keep, undefined);
  });
});

describe("a limit over all pools", () => {
  it("lets a pool begin no more than there is room for, and says what is waited for", () => {
    const model = poolModel(3, { surge: 2, unavailable: 0 }, [OLD, OLD, OLD, {}, {}]);
    model.room = 1;
    assert.deepEqual(verbs(model), ["cordon a"]);
    assert.equal(begunBy(viewOf(model), decide(model)), 1);
    model.room = 0;
    assert.deepEqual(verbs(model), []);
    assert.match(decide(model).waiting.join(), /maintenance\.maxDisruptions/);
  });

  it("counts what is cordoned by us and what is going, and of a blue-green pool what is drained", () => {
    const model = poolModel(3, DEFAULT, [OLD, OLD, {}, {}]);
    assert.equal(inFlightOf(viewOf(model)), 0);
    advance(model, decide(model));
    assert.equal(inFlightOf(viewOf(model)), 1);
    const other = blueGreen(3, 2, 0);
    while (!verbs(other).includes("drain a")) advance(other, decide(other));
    assert.equal(inFlightOf(viewOf(other)), 0);
    assert.equal(begunBy(viewOf(other), decide(other)), 2);
    other.room = 1;
    assert.deepEqual(verbs(other), ["drain a"]);
  });
});

describe("the budget of a blue-green pool", () => {
  it("has room for a second set, and takes a batch at a time", () => {
    const upgrade = { maxSurge: 1, maxUnavailable: 1, strategy: "blue-green" } as const;
    const blueGreenOf = (batch: string | number) => ({ batch, batchSoak: "0s", soak: "1h" });
    assert.deepEqual(disruptionBudget(10, { ...upgrade, blueGreen: blueGreenOf("20%") }), {
      surge: 10,
      unavailable: 0,
      inFlight: 2,
    });
    assert.equal(disruptionBudget(0, { ...upgrade, blueGreen: blueGreenOf("20%") }).inFlight, 1);
  });
});
