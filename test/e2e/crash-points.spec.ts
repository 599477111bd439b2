/** A process may die before or after any call that it makes, and any answer may get lost: the end is the same. */
import assert from "node:assert/strict";
import type { ClusterStatus, OperationRecord } from "../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { byKind, type Counts, countChanges } from "../support/change-counts.ts";
import { lifeOf, type Spec } from "../support/edits.ts";
import { deliver } from "../support/redelivery.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { Crash, type PortCall, type Strike } from "../support/unreliable-ports.ts";

const ID = "quickstart";
const PROJECT = "demo-project";
/** Virtual time; a hundred crashes, each with a lease to wait out, take two hours. */
const LIMIT_MS = 6 * 3_600_000;

interface Life {
  /** Resources by kind when it had grown. */
  readonly ready: Readonly<Record<string, number>>;
  readonly counts: Counts;
  readonly operations: readonly Pick<OperationRecord, "id" | "result">[];
  readonly left: Readonly<Record<string, number>>;
  readonly strikes: number;
  readonly calls: number;
}

/** Creates a cluster, edits it twice and deletes it, struck by whatever `decide` says. */
async function live(decide: (call: PortCall) => Strike | undefined): Promise<Life> {
  const plane = simulatedPlane();
  const counts = countChanges(plane.cloud);
  let strikes = 0;
  let calls = 0;
  const deliveries = deliver(plane, (call) => {
    calls += 1;
    const strike = decide(call);
    if (strike !== undefined) strikes += 1;
    return strike;
  });
  const life = lifeOf(ID);
  const becomes = async (spec: Spec, generation: number): Promise<void> => {
    await deliveries.write(ID, { spec });
    const isReady = (status: ClusterStatus | undefined) => status?.readyGeneration === generation;
    await plane.until(ID, isReady, LIMIT_MS);
  };
  await becomes(life.created, 1);
  await becomes(life.grown, 2);
  const ready = byKind(plane.cloud, PROJECT);
  await becomes(life.shrunk, 3);
  const { uid } = (await plane.status(ID)) ?? { uid: "" };
  await deliveries.write(ID, { spec: life.shrunk, deletion: { uid } });
  await plane.until(ID, (status) => status === undefined, LIMIT_MS);
  deliveries.stop();
  const unexpected = deliveries.failures.filter((error) => !isExpected(error));
  assert.deepEqual(unexpected, []);
  return {
    ready,
    counts: counts.counts([uid]),
    operations: await operations(plane),
    left: byKind(plane.cloud, PROJECT),
    strikes,
    calls,
  };
}

/** A crash, or an answer of the store or the wake-ups that got lost: the delivery fails and comes again. */
function isExpected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof Crash || error.message.includes("was lost") || isExpected(error.cause);
}

async function operations(plane: SimulatedPlane): Promise<Life["operations"]> {
  const { documents } = await plane.engine.store.query<OperationRecord>({ group: "operations", limit: 100 });
  return documents.map(({ data }) => ({ id: data.id, result: data.result }));
}

/** What must be equal in every life, however often it was struck. */
function fate({ ready, counts, operations, left }: Life): unknown {
  return { ready, counts, operations, left };
}

describe("a crash before or after any call", function () {
  this.timeout(60_000);
  let undisturbed: Life;

  before(async () => {
    undisturbed = await live(() => undefined);
    assert.deepEqual(undisturbed.left, {});
    for (const [name, count] of Object.entries(undisturbed.counts))
      assert.equal(count.created, count.deleted, name);
  });

  for (const strike of ["crash-before", "crash-after", "lost"] as const) {
    it(`changes nothing: ${strike} at the first of every mutating call (S1, S6, S10, faults 6 and 7)`, async () => {
      const met = new Set<string>();
      const life = await live(({ port, method, target, mutates }) => {
        const name = `${port} ${method} ${target}`;
        if (!mutates || met.has(name)) return undefined;
        met.add(name);
        return strike;
      });
      assert.ok(life.strikes > 100, `${life.strikes} strikes`);
      assert.deepEqual(fate(life), fate(undisturbed));
    });
  }

  for (const seed of [1, 2, 3, 4]) {
    it(`changes nothing: any call in twenty-five is struck in any way, seed ${seed}`, async () => {
      const chance = createSeededChance(seed);
      const ways = ["crash-before", "crash-after", "lost"] as const;
      const life = await live(() =>
        chance.fraction() < 1 / 25 ? ways[Math.floor(chance.fraction() * ways.length)] : undefined,
      );
      assert.ok(life.strikes > 40, `${life.strikes} strikes`);
      assert.deepEqual(fate(life), fate(undisturbed));
    });
  }
});
