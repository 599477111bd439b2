/** Any pool whose spec is edited again and again in mid-flight: strategy, size, budget, template, removal, and what is asked of one machine. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { disruptionBudget } from "../../../shared/nodes/budget.ts";
import type { Leave } from "../../../shared/nodes/cause.ts";
import type { PoolDecision } from "../../../shared/nodes/rollout.ts";
import { begunBy } from "../../../shared/nodes/strategy.ts";
import {
  advance,
  decide,
  type ModelMachine,
  type PoolModel,
  poolModel,
  TICK_MS,
  viewOf,
} from "./pool-model.ts";
import { blow, calm, machinesArbitrary, setStates, weatherArbitrary } from "./pool-weather.ts";

/** No edit and no weather comes later. */
const BUSY_TICKS = 40;
const TICKS = 300;

const editArbitrary = fc.record({
  tick: fc.integer({ min: 0, max: BUSY_TICKS }),
  size: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  strategy: fc.constantFrom("surge" as const, "blue-green" as const),
  maxSurge: fc.integer({ min: 0, max: 3 }),
  maxUnavailable: fc.integer({ min: 0, max: 2 }),
  batch: fc.integer({ min: 1, max: 3 }),
  template: fc.boolean(),
  removed: fc.constantFrom(false, false, false, false, true),
  leave: fc.option(
    fc.record({
      machine: fc.integer({ min: 0, max: 6 }),
      cause: fc.constantFrom("repair" as const, "command" as const, "maintenance" as const),
    }),
    { nil: undefined },
  ),
});
const lifeArbitrary = fc.record({
  size: fc.integer({ min: 0, max: 5 }),
  room: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  soakTicks: fc.integer({ min: 0, max: 2 }),
  machines: machinesArbitrary,
  edits: fc.array(editArbitrary, { maxLength: 6 }),
  weather: weatherArbitrary(BUSY_TICKS),
});
type Life = typeof lifeArbitrary extends fc.Arbitrary<infer T> ? T : never;
type Edit = Life["edits"][number];
type Machine = ModelMachine & { leave?: Leave };

function modelOf({ size, room, soakTicks, machines }: Life): PoolModel {
  const model = poolModel(size, { surge: 1, unavailable: 0 }, machines);
  model.soakTicks = soakTicks;
  if (room !== undefined) model.room = room;
  setStates(model, machines);
  return model;
}

function apply(model: PoolModel, edit: Edit): void {
  const { strategy, batch, maxUnavailable, leave } = edit;
  if (edit.removed || model.removed) {
    Object.assign(model, { removed: true, size: 0, budget: { surge: 0, unavailable: 0, inFlight: 1 } });
    delete model.strategy;
    return;
  }
  model.size = edit.size ?? model.size;
  const maxSurge = edit.maxSurge + maxUnavailable === 0 ? 1 : edit.maxSurge;
  const blueGreen = { batch, batchSoak: "0s", soak: "2m" };
  model.budget = disruptionBudget(model.size, { strategy, maxSurge, maxUnavailable, blueGreen });
  if (strategy === "surge") delete model.strategy;
  else model.strategy = { kind: strategy, batch, batchSoakMs: 0, soakMs: 2 * TICK_MS };
  if (edit.template) for (const machine of model.machines) machine.outdated = !machine.outdated;
  const machine: Machine | undefined = leave && model.machines[leave.machine];
  if (leave !== undefined && machine !== undefined)
    machine.leave = { cause: leave.cause, reason: "asked for" };
}

function live(life: Life, look: (model: PoolModel, decision: PoolDecision) => void): PoolModel {
  const model = modelOf(life);
  for (let tick = 0; tick < TICKS; tick += 1) {
    for (const edit of life.edits) if (edit.tick === tick) apply(model, edit);
    blow(model, life.weather, tick);
    if (tick > BUSY_TICKS) calm(model);
    const decision = decide(model);
    look(model, decision);
    advance(model, decision);
  }
  return model;
}
const always = (look: (model: PoolModel, decision: PoolDecision) => void) =>
  fc.assert(fc.property(lifeArbitrary, (life) => void live(life, look)));
const isOurs = ({ node }: ModelMachine) => node?.cordon.by === "us";
const isReady = ({ node }: ModelMachine) => node?.ready === true;

describe("however a pool's spec is edited in mid-flight", () => {
  it("Ready nodes are cordoned only while enough others take pods", () => {
    always((model, { machines }) => {
      const taken = new Set(machines.filter(({ verb }) => verb === "cordon").map(({ name }) => name));
      if (!model.machines.some((machine) => taken.has(machine.name) && isReady(machine))) return;
      const left = model.machines.filter(
        (machine) => isReady(machine) && !machine.going && !isOurs(machine) && !taken.has(machine.name),
      );
      assert(left.length >= model.size - model.budget.unavailable, `${left.length} left`);
    });
  });

  it("no more nodes are disturbed at once than the cluster's limit leaves room for (S3)", () => {
    always((model, decision) => {
      const begun = begunBy(viewOf(model), decision);
      assert(begun <= (model.room ?? Number.POSITIVE_INFINITY), `${begun} begun`);
    });
  });

  it("one thing is done to a machine at a time, to none that somebody else cordoned, and to none that is wanted as it is", () => {
    always((model, { machines }) => {
      assert.equal(new Set(machines.map(({ name }) => name)).size, machines.length);
      const fresh = model.machines.filter(({ going, outdated }) => !going && !outdated).length;
      for (const { verb, name } of machines) {
        const machine: Machine | undefined = model.machines.find((one) => one.name === name);
        assert(machine !== undefined);
        assert.notEqual(machine.node?.cordon.by, "others");
        const isWanted = !machine.outdated && machine.leave === undefined && fresh <= model.size;
        assert.equal(isWanted && verb !== "uncordon", false, `${verb} ${name}`);
      }
    });
  });

  it("it ends with as many machines as wanted, all of the present template, and no cordon of ours", () => {
    fc.assert(
      fc.property(lifeArbitrary, (life) => {
        const model = live(life, () => {});
        assert.equal(model.machines.length, model.size);
        assert(model.machines.every((machine) => !machine.outdated && !isOurs(machine) && !machine.going));
      }),
    );
  });
});
