/** The cluster's one limit of disruptions is the control plane's too: never more nodes away at once, whoever they are. */
import assert from "node:assert/strict";
import { command, operation } from "./command-stage.ts";
import { isCordoned, isReady } from "./rollout-stage.ts";
import { type UpgradeStage, upgradeStage, watch } from "./upgrade-stage.ts";

const LIMITED = { more: { maintenance: { maxDisruptions: 1 } } };

/** Nodes that are cordoned, and members that are not Ready: new machines of a pool that come are no disruption. */
async function away({ inside }: UpgradeStage): Promise<readonly string[]> {
  const nodes = await inside.list("/api/v1/nodes");
  const isMember = (name: string) => /-cp-\d$/.test(name);
  return nodes
    .filter((node) => isCordoned(node) || (isMember(String(node.metadata.name)) && !isReady(node)))
    .map(({ metadata }) => String(metadata.name));
}

describe("maintenance.maxDisruptions", function () {
  this.timeout(120_000);

  it("holds members and nodes of pools that are replaced at the same time, one after another", async () => {
    const on = await upgradeStage({ replicas: 3, pool: { size: 2 }, ...LIMITED });
    await on.write({
      controlPlane: { machineType: "n2-standard-4" },
      pool: { size: 2, machineType: "n2-standard-4" },
      ...LIMITED,
    });
    let most = 0;
    const told = new Set<string>();
    await watch(on, async () => {
      most = Math.max(most, (await away(on)).length);
      for (const { message } of (await on.cluster.status()).conditions) told.add(message);
    });
    assert.equal(most, 1);
    const waits = [...told].join("\n");
    assert.match(
      waits,
      /other disruptions of the cluster to end before \S+ is taken|before more of pool general begin/,
    );
    await on.cluster.assertSettled();
  });

  it("holds the restart of a member that somebody asks for until a node is back", async () => {
    const on = await upgradeStage({ replicas: 3, pool: { size: 2 }, ...LIMITED });
    const member = String(on.cluster.named("instances", "cp-1")["name"]);
    const node = String(on.cluster.machinesOf("general")[0]?.["name"]);
    const commanded = { plane: on.plane, cluster: on.cluster, id: "shop" };
    const both = [
      await command(commanded, { command: "rotate-machine", node }),
      await command(commanded, { command: "restart", node: member }),
    ];
    let most = 0;
    const states = () => Promise.all(both.map((id) => operation(commanded, id)));
    await watch(
      on,
      async () => {
        most = Math.max(most, (await away(on)).length);
      },
      async () => (await states()).every(({ result }) => result !== "running"),
    );
    assert.deepEqual(
      (await states()).map(({ result }) => result),
      ["succeeded", "succeeded"],
    );
    assert.equal(most, 1);
  });
});
