/** Any pool in any weather: what a rollout never does, and where it always ends. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { advance, decide, type ModelMachine, type PoolModel, poolModel, TICK_MS } from "./pool-model.ts";
import { blow, calm, machinesArbitrary, setStates, weatherArbitrary } from "./pool-weather.ts";

/** No weather comes later. */
const WEATHER_TICKS = 30;

const poolArbitrary = fc.record({
  size: fc.integer({ min: 0, max: 5 }),
  surge: fc.integer({ min: 0, max: 3 }),
  unavailable: fc.integer({ min: 0, max: 2 }),
  machines: machinesArbitrary,
  soakTicks: fc.integer({ min: 0, max: 2 }),
  strategy: fc.oneof(
    fc.constant(undefined),
    fc.record({
      kind: fc.constant("blue-green" as const),
      batch: fc.integer({ min: 1, max: 3 }),
      batchSoakMs: fc.constantFrom(0, 2 * TICK_MS),
      soakMs: fc.constantFrom(0, 3 * TICK_MS),
    }),
  ),
  /** When the edit that began it is taken back. */
  turn: fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined }),
  weather: weatherArbitrary(WEATHER_TICKS),
});
type Pool = typeof poolArbitrary extends fc.Arbitrary<infer T> ? T : never;

function modelOf({ size, surge, unavailable, machines, strategy, soakTicks }: Pool): PoolModel {
  const budget = { surge: surge + unavailable === 0 ? 1 : surge, unavailable };
  const model = poolModel(size, budget, machines);
  model.soakTicks = soakTicks;
  if (strategy !== undefined) {
    model.strategy = strategy;
    model.budget = { surge: size, unavailable: 0, inFlight: strategy.batch };
  }
  setStates(model, machines);
  return model;
}

/** From then on what was new is outdated, and what was outdated is as wanted. */
function turnBack(model: PoolModel, turn: number | undefined, tick: number): void {
  if (tick !== turn) return;
  for (const machine of model.machines) machine.outdated = !machine.outdated;
}

/** How many are drained, or on their way out: those that a blue-green upgrade only keeps cordoned are neither. */
function inFlight(model: PoolModel, decision: ReturnType<typeof decide>): number {
  const begun = new Set(decision.machines.filter(({ verb }) => verb === "drain").map(({ name }) => name));
  const counts =
    model.strategy === undefined
      ? (machine: ModelMachine) => machine.going || isOurs(machine)
      : (machine: ModelMachine) => machine.going || begun.has(machine.name);
  return model.machines.filter(counts).length;
}

const isOurs = ({ node }: ModelMachine) => node?.cordon.by === "us";
const isReady = ({ node }: ModelMachine) => node?.ready === true;

describe("whatever happens to a pool", () => {
  it("no more machines are on their way out than its budget has room for (S3)", () => {
    everyTick((model, decision) => {
      const many = inFlight(model, decision);
      assert(many <= model.budget.inFlight, `${many} in flight`);
    });
  });

  it("with the default budget never two (S3)", () => {
    everyTick(
      (model) => assert(model.machines.filter((machine) => machine.going || isOurs(machine)).length <= 1),
      (pool) => ({ ...pool, surge: 1, unavailable: 0, strategy: undefined }),
    );
  });

  it("only outdated machines and those above the size are taken, and never one that somebody else cordoned", () => {
    everyTick((model, decision) => {
      const here = model.machines.filter(({ going }) => !going);
      const fresh = here.filter(({ outdated }) => !outdated).length;
      for (const { verb, name } of decision.machines) {
        const machine = here.find((one) => one.name === name);
        assert(machine !== undefined, `${name} is not there`);
        assert.notEqual(machine.node?.cordon.by, "others");
        if (verb === "uncordon") assert(isOurs(machine), "only our own cordon is undone");
        else assert(machine.outdated || fresh > model.size, `${verb} ${name}`);
        const isDrained = machine.node?.cordon.by === "us" && machine.node.cordon.drainedMs !== undefined;
        if (verb === "delete")
          assert(machine.node === undefined || isDrained, "nothing runs on what is deleted undrained");
      }
    });
  });

  it("a Ready node is taken only while enough others are Ready", () => {
    everyTick((model, decision) => {
      const taken = decision.machines.filter(({ verb }) => verb === "cordon").map(({ name }) => name);
      const taking = model.machines.filter((machine) => taken.includes(machine.name) && isReady(machine));
      if (taking.length === 0) return;
      const left = model.machines.filter(
        (machine) => isReady(machine) && !machine.going && !isOurs(machine) && !taken.includes(machine.name),
      );
      assert(left.length >= model.size - model.budget.unavailable, `${left.length} left`);
    });
  });

  it("there are never more machines than size and surge, but for those that were there before (S6)", () => {
    everyTick((model, _decision, first) => {
      const bound = Math.max(first, model.size + model.budget.surge);
      assert(model.machines.length <= bound, `${model.machines.length} machines`);
    });
  });

  it("it ends with as many machines as wanted, all of the present template, and no cordon of ours", () => {
    fc.assert(
      fc.property(poolArbitrary, (pool) => {
        const model = modelOf(pool);
        for (let tick = 0; tick < 300; tick += 1) {
          blow(model, pool.weather, tick);
          turnBack(model, pool.turn, tick);
          if (tick > WEATHER_TICKS) calm(model);
          advance(model, decide(model));
        }
        assert.equal(model.machines.length, model.size);
        assert(model.machines.every((machine) => !machine.outdated && !isOurs(machine) && !machine.going));
        const { machines, grow, waiting, problems, progress } = decide(model);
        assert.deepEqual(
          { machines, grow, waiting, problems, progress },
          {
            machines: [],
            grow: undefined,
            waiting: [],
            problems: [],
            progress: undefined,
          },
        );
      }),
    );
  });
});

/** Checks every tick of pools that are left to themselves and the weather. A failing seed is printed and replays. */
function everyTick(
  check: (model: PoolModel, decision: ReturnType<typeof decide>, first: number) => void,
  change: (pool: Pool) => Pool = (pool) => pool,
): void {
  fc.assert(
    fc.property(poolArbitrary, (pool) => {
      const changed = change(pool);
      const model = modelOf(changed);
      const first = Math.max(model.machines.length, model.size);
      for (let tick = 0; tick < 60; tick += 1) {
        blow(model, changed.weather, tick);
        turnBack(model, changed.turn, tick);
        const decision = decide(model);
        check(model, decision, first);
        advance(model, decision);
      }
    }),
  );
}
