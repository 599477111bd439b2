/** Golden logs: what `explain node` tells of whole stories, from what was heard to how it ended. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { explainNode } from "../../shared/explain/explain.ts";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import { repairStage, settles } from "./repair-stage.ts";
import { condition, ID, ledger, type Stage, serveWeb, stage, until, watch } from "./rollout-stage.ts";

const RECORDS_MAX = 500;

/** The story of a node, without what differs from run to run. */
async function story(on: Stage, node: string): Promise<string> {
  const { documents } = await on.plane.engine.store.query<EventRecord>({
    group: "events",
    limit: RECORDS_MAX,
  });
  const records = documents.map(({ data }) => data);
  const { passes, now } = explainNode(node, records, await on.cluster.status());
  const told = passes.flatMap(({ steps }) =>
    steps.map(({ is, verb, key, why, cause }) => {
      const because = cause === undefined ? "" : ` [${cause}]`;
      return `${is} ${verb} ${key.split("/").at(-1)}${because}: ${why}`;
    }),
  );
  return `${[...told, ...now].map((line) => plain(line, node)).join("\n")}\n`;
}
function plain(line: string, node: string): string {
  return line
    .replaceAll(node, "NODE")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replace(/\b[a-z]+-[a-z0-9]{6}-n-general\b/g, "GROUP")
    .replace(/\bGROUP-[a-z0-9]{4}\b/g, "OTHER")
    .replace(/\b(web-[a-z0-9]{8,10})-[a-z0-9]{5}\b/g, "WEB");
}

function assertGolden(name: string, log: string): void {
  const golden = new URL(`../golden/care/${name}.txt`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(golden, log);
  assert.equal(log, readFileSync(golden, "utf8"));
}

describe("the story of a node", function () {
  this.timeout(120_000);

  it("that hangs: watched, restarted, and the cluster is Ready again", async () => {
    const on = await repairStage();
    const [node = ""] = on.names();
    on.kubelet(node).hang();
    await on.until(20, async () => (await on.deeds()).length > 0);
    await settles(on);
    const whole = await story(on, node);
    // How it came to be is told of every node.
    assertGolden("hung-node", whole.slice(whole.indexOf("heard watching")));
  });

  it("whose drain a budget holds up for half an hour: told once, and once that it goes on", async () => {
    const on = await stage();
    await serveWeb(on, { minAvailable: 3 });
    await on.plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    const held = async () => (await ledger(on)).find(({ blockers }) => blockers.length > 0)?.node;
    await until(on, async () => (await held()) !== undefined);
    const node = String(await held());
    await on.plane.clock.advance(30 * 60_000);
    assert.match((await condition(on, "UpToDate")).message, /budget default\/web/);
    await on.inside.scale("web", 4);
    await watch(on);
    const whole = await story(on, node);
    assertGolden("held-drain", whole.slice(whole.indexOf("did cordon")));
  });
});
