/** Failed machines that are kept: outside of their pool, stopped, told of, and gone with it. */
import assert from "node:assert/strict";
import { LABEL_KEPT } from "../../shared/resources/owner.ts";
import { type RepairStage, repairStage, serving, settles } from "./repair-stage.ts";
import { ID, nodesOf } from "./rollout-stage.ts";

const KEEPING = { repair: { keepFailed: 1, ladder: ["recreate"] } };
const keptOn = ({ cluster }: RepairStage) =>
  cluster
    .machinesOf("general")
    .filter(({ labels }) => /^\d+$/.test(labels?.[LABEL_KEPT] ?? ""))
    .map(({ name, status }) => ({ name: String(name), status }));

async function fails(on: RepairStage): Promise<string> {
  const name = on.names().find((one) => keptOn(on).every((kept) => kept.name !== one)) ?? "";
  on.kubelet(name).hang();
  await on.until(60, () => keptOn(on).some((kept) => kept.name === name && kept.status === "TERMINATED"));
  await on.until(60, async () => (await serving(on)) === 3);
  await settles(on, 120);
  return name;
}

describe("a failed machine that is kept", function () {
  this.timeout(120_000);

  it("is in its pool no more, stopped, has no node, and the status says what was wrong and how to look into it", async () => {
    const on = await repairStage(KEEPING);
    const name = await fails(on);
    assert.deepEqual(keptOn(on), [{ name, status: "TERMINATED" }]);
    const nodes = (await nodesOf(on, "general")).map(({ metadata }) => metadata.name);
    assert.equal(nodes.length, 3);
    assert(!nodes.includes(name));
    const { care } = await on.cluster.status();
    const [kept] = care?.kept ?? [];
    assert.match(kept?.reason ?? "", new RegExp(`node ${name} has been silent since`));
    assert(kept?.machine.endsWith(`/instances/${name}`));
    assert.match(kept?.look ?? "", /^gcloud compute disks snapshot /);
    assert.equal(typeof kept?.console, "string");
    await on.pass(90);
    assert.deepEqual(keptOn(on), [{ name, status: "TERMINATED" }], "it stays");
  });

  it("gives way to the next one, and goes when none are to be kept", async () => {
    const on = await repairStage(KEEPING);
    const first = await fails(on);
    const second = await fails(on);
    assert.notEqual(first, second);
    await on.until(30, () => keptOn(on).length === 1);
    assert.deepEqual(keptOn(on), [{ name: second, status: "TERMINATED" }]);
    await on.plane.write(ID, { spec: on.general({ repair: { ladder: ["recreate"] } }) });
    await on.until(30, () => keptOn(on).length === 0);
    await settles(on);
    assert.deepEqual((await on.cluster.status()).care?.kept ?? [], []);
  });

  it("goes with its pool, and with its cluster (L5)", async () => {
    const on = await repairStage(KEEPING);
    await fails(on);
    const [general] = on.spec.nodePools;
    await on.plane.write(ID, {
      spec: { ...on.spec, nodePools: [{ ...general, ...KEEPING, name: "other" }] },
    });
    await on.until(60, () => keptOn(on).length === 0 && on.names().length === 0);
    const again = await repairStage(KEEPING);
    await fails(again);
    await again.cluster.deleteToNothing();
    assert.deepEqual(again.plane.cloud.compute.inventory(), []);
  });
});
