/** Edits to an image that is not there: what is cared for meanwhile, and that only the edit itself waits. */
import assert from "node:assert/strict";
import { type RepairStage, repairStage } from "./repair-stage.ts";
import { condition, ID, type Spec } from "./rollout-stage.ts";

/** A second pool, of one machine; as it is, or with an image that nobody has made. */
function withOther({ spec }: RepairStage, changes: object = {}): Spec {
  const { os: _os, ...general } = spec.nodePools[0] ?? {};
  const other = { ...general, name: "other", size: 1, os: "ubuntu-24.04", ...changes };
  return { ...spec, nodePools: [...spec.nodePools, other] };
}
const NOWHERE = { image: "no-such-image" };
const deletions = async (on: RepairStage) =>
  (await on.deeds()).filter((deed) => deed.includes("deleteInstances"));
const machinesOf = (on: RepairStage, pool: string) =>
  on.cluster.machinesOf(pool).map(({ name }) => String(name));

describe("an image that cannot be found", function () {
  this.timeout(180_000);

  it("of one pool does not keep another pool's failed machine from being replaced (L3)", async () => {
    const on = await repairStage({ repair: { ladder: ["recreate"] } });
    await on.cluster.write(withOther(on));
    await on.plane.write(ID, { spec: withOther(on, NOWHERE) });
    const [failed = ""] = on.names();
    on.kubelet(failed).hang();
    await on.until(60, () => on.names().length === 3 && !on.names().includes(failed));
    assert.equal((await deletions(on)).length, 1);
    assert.match((await condition(on, "UpToDate")).message, /Waiting for the image of pool other/);
    assert.match((await condition(on, "NodesReady")).message, /there is no image no-such-image/);
  });

  it("does not keep the pool's own failed machine from being replaced, as the others of it are", async () => {
    const on = await repairStage();
    await on.cluster.write(withOther(on, { size: 3, repair: { ladder: ["recreate"] } }));
    await on.plane.write(ID, {
      spec: withOther(on, { size: 3, repair: { ladder: ["recreate"] }, ...NOWHERE }),
    });
    const before = machinesOf(on, "other");
    const [failed = ""] = before;
    on.kubelet(failed).hang();
    await on.until(60, () => {
      const now = machinesOf(on, "other");
      return now.length === 3 && !now.includes(failed);
    });
    assert.equal(machinesOf(on, "other").filter((name) => before.includes(name)).length, 2, "no other went");
  });

  it("of a new pool does not keep the others from what the same edit asks of them", async () => {
    const on = await repairStage();
    const { nodePools } = withOther(on, NOWHERE);
    const spec = {
      ...on.general({ size: 4 }),
      nodePools: [{ ...nodePools[0], size: 4 }, ...nodePools.slice(1)],
    };
    await on.plane.write(ID, { spec });
    await on.until(20, () => on.names().length === 4);
    assert.deepEqual(machinesOf(on, "other"), []);
    assert.match((await condition(on, "NodesReady")).message, /there is no image no-such-image/);
    await on.cluster.write(withOther(on));
    assert.equal(machinesOf(on, "other").length, 1);
  });
});
