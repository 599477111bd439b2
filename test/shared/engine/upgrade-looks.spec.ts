/** What a rollout asks of Compute Engine: a pass looks at the groups once, and asks after an operation when it can have ended. */
import assert from "node:assert/strict";
import { HOUR_MS, isSettled, OTHER_TYPE, passTime, SECOND_MS } from "../../../bench/care-stage.ts";
import { clusterDocument, createFleet, UNLIMITED } from "../../../bench/fleet.ts";

const NODES = 10;
const POOL = { upgrade: { maxSurge: 5 } };

describe("looks of an upgrade", () => {
  /** Calls by pass: `RegionInstanceGroupManagers.Resize`. */
  const passes: string[][] = [];
  let calls: string[] = [];

  before(async () => {
    const fleet = createFleet({
      rates: UNLIMITED,
      wrap: {
        compute: (service) => (call) => {
          calls.push(`${call.service}.${call.method}`);
          return service(call);
        },
      },
      onPass: () => {
        passes.push(calls);
        calls = [];
      },
    });
    await fleet.create(["c0"], NODES, { pool: POOL });
    passes.length = 0;
    await fleet.plane.write("c0", clusterDocument("c0", NODES, { pool: { ...POOL, ...OTHER_TYPE } }));
    const isDone = await passTime(fleet, {
      forMs: HOUR_MS,
      stepMs: SECOND_MS,
      done: () => isSettled(fleet.plane, "c0"),
    });
    assert.ok(isDone, "the upgrade ended");
  });

  const countIn = (list: readonly string[], what: RegExp) => list.filter((call) => what.test(call)).length;

  it("looks at the machines of a group once in a pass, whatever it does to nodes in between", () => {
    const twice = passes.filter((pass) => countIn(pass, /ListManagedInstances$/) > 1);
    assert.deepEqual(twice, []);
    assert.ok(passes.some((pass) => countIn(pass, /DeleteInstances$/) === 1));
  });

  it("takes outdated machines by what their group says, without the list of all machines", () => {
    const changed = passes.filter((pass) => countIn(pass, /DeleteInstances$/) === 1);
    assert.ok(changed.some((pass) => countIn(pass, /^Instances\.AggregatedList$/) === 0));
  });

  it("asks once after each change of a group, when it can have ended", () => {
    const all = passes.flat();
    const changes = countIn(all, /^RegionInstanceGroupManagers\.(Patch|Resize|DeleteInstances)$/);
    assert.ok(changes >= NODES / 5);
    const asked = countIn(all, /^RegionOperations\.Get$/);
    assert.ok(asked <= changes + 2, `${asked} questions after ${changes} changes`);
  });
});
