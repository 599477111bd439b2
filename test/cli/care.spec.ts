/** Commands about a running cluster, as people run them: against the real API of a cluster in the simulated cloud. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { createApi } from "../../functions/api/app.ts";
import { condition, ID, isCordoned, nodesOf, type Stage, stage, watch } from "../e2e/rollout-stage.ts";
import { endCommands, runCommand } from "../support/command-line.ts";
import { temporaryFolders } from "../support/folder.ts";

/** Virtual time that goes by in a turn, and the real pause between two. */
const TURN_MS = 2_000;
const PAUSE_MS = 10;

describe("A command about a running cluster", function () {
  // Each one starts Node anew; on a busy machine a few at a time take a while.
  this.timeout(60_000);
  const folder = temporaryFolders();
  let on: Stage;
  let server: Server;
  let url = "";
  let goes = true;
  let going: Promise<void>;

  before(async () => {
    on = await stage();
    const { plane } = on;
    const app = createApi({
      engine: plane.engine,
      identity: {
        machine: async () => assert.fail("no machine calls the API"),
        caller: async () => ({ email: "alice@example.com" }),
      },
      invoker: "invoker@example.com",
      pusher: "pusher@example.com",
      commander: "commander@example.com",
      deadLetters: { publish: async () => assert.fail("the API publishes nothing") },
      urls: { reconcile: "r", sweep: "s", api: "a", machineEvent: "e", maintenance: "m" },
      operators: ["alice@example.com"],
    });
    server = await new Promise<Server>((resolve) => {
      const started = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () =>
        resolve(started as Server),
      );
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    going = (async () => {
      while (goes) {
        await plane.clock.advance(TURN_MS);
        await sleep(PAUSE_MS);
      }
    })();
  });
  after(async () => {
    goes = false;
    await going;
    endCommands();
    server.close();
  });

  const cw = (...args: readonly string[]) =>
    runCommand(args, {
      state: join(folder(), "server.json"),
      env: { CLUSTERWRIGHT_SERVER: url, CLUSTERWRIGHT_TOKEN: "token" },
    });
  const nodeName = () => String(on.cluster.machinesOf("general")[0]?.["name"]);

  it("says what it would do, and does nothing", async () => {
    const name = nodeName();
    const { code, out, err } = await cw("drain", ID, name, "--dry-run");
    assert.equal(code, 0, err);
    assert.equal(
      out,
      `· Node ${name} is cordoned and its pods are evicted, disruption budgets honoured; it stays cordoned until it is uncordoned.\n` +
        "nothing was done: leave out --dry-run to do it\n",
    );
    assert.deepEqual((await on.cluster.status()).care?.commands ?? [], []);
  });

  it("drains a node and waits for it, then gives it back", async () => {
    const name = nodeName();
    const drained = await cw("drain", ID, name, "--reason", "a noisy disk", "--wait");
    assert.equal(drained.code, 0, drained.err);
    assert.match(
      drained.out,
      new RegExp(`^✓ drain of ${name} was asked for: operation drain-[0-9a-f]{16}\n`),
    );
    assert.match(
      drained.out,
      new RegExp(`✓ node ${name} is drained; it stays cordoned until it is uncordoned \\(`),
    );
    assert.equal((await nodesOf(on, "general")).filter(isCordoned).length, 1);
    const back = await cw("uncordon", ID, name, "--wait");
    assert.match(back.out, new RegExp(`✓ node ${name} takes pods`));
    const { out } = await cw("operations", ID);
    assert.match(out, /drain-[0-9a-f]{16} +succeeded/);
  });

  it("pauses and shows it, and waiting shows what a rollout waits for", async () => {
    assert.equal((await cw("pause", ID, "--pool", "general", "--reason", "a demo", "--wait")).code, 0);
    const { out } = await cw("maintenance", ID);
    assert.match(out, /^now {9}open: the cluster has no maintenance windows/);
    assert.match(out, /\npaused {6}pool general by alice@example\.com \(a demo\)\n/);
    const rotated = await cw("rotate-machine", ID, nodeName(), "--wait", "--timeout", "3s");
    assert.equal(rotated.code, 1);
    assert.match(
      rotated.out,
      /[Ww]aiting for pool general, which alice@example\.com paused \(a demo\), to be resumed/,
    );
    assert.match(rotated.err, /is not done after 3 s; it goes on: npx clusterwright operations quickstart/);
    // By its short name, which it had alone once.
    const explained = await cw("rotate", ID, nodeName(), "--dry-run");
    assert.match(explained.out, /· It waits for pool general, which alice@example\.com paused/);
    assert.equal((await cw("resume", ID, "--pool", "general", "--wait")).code, 0);
    await watch(
      { ...on, plane: { ...on.plane, clock: { ...on.plane.clock, advance: () => sleep(20) } } },
      () => {},
      async () => {
        const { care, phase } = await on.cluster.status();
        return phase === "Ready" && (care?.commands.length ?? 0) === 0;
      },
    );
    assert.equal((await condition(on, "UpToDate")).status, "True");
  });

  it("resizes a pool and waits for it, and says first what that means", async () => {
    const planned = await cw("resize", ID, "general", "2", "--dry-run");
    assert.equal(
      planned.out,
      "· spec.nodePools general: size 3 becomes 2.\n· 1 of its machines is drained and deleted.\n" +
        "nothing was done: leave out --dry-run to do it\n",
    );
    const resized = await cw("resize", ID, "general", "2", "--wait");
    assert.equal(resized.code, 0, resized.err);
    assert.match(resized.out, /✓ generation \d of the spec is Ready \(/);
    assert.equal(on.cluster.machinesOf("general").length, 2);
    const [wrong, unknown] = await Promise.all([
      cw("resize", ID, "general", "many"),
      cw("resize", ID, "generl", "2"),
    ]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /Write a whole number, like 3/);
    assert.match(unknown.err, /pool: "generl" is no pool of the cluster; use one of general/);
  });

  it("takes a backup, and verifies a cluster", async () => {
    const [backup, verify] = [await cw("backup", ID, "--wait"), await cw("verify", ID, "--wait")];
    assert.match(backup.out, /✓ snapshots taken: quickstart-[a-z0-9]{6}-etcd-0-[0-9a-f]{8} \(/);
    assert.match(verify.out, /✓ \d of \d nodes are Ready; \d+ things were looked at; all is as declared \(/);
    const planned = await cw("backup", ID, "--dry-run");
    assert.match(planned.out, /^· A snapshot of etcd's disk is taken now, and kept in europe-west4 until/);
  });

  it("repairs nothing that nothing speaks against, unless it is forced", async () => {
    const name = nodeName();
    const refused = await cw("repair", ID, name, "--dry-run");
    assert.equal(refused.code, 1);
    assert.match(refused.err, new RegExp(`nothing speaks against machine ${name}, whose node is Ready`));
    const forced = await cw("repair", ID, name, "--force", "--dry-run");
    assert.match(forced.out, new RegExp(`^· Machine ${name} is replaced by another one`));
  });

  it("is refused with the reason and the way out", async () => {
    const [unknown, value, late, cluster] = await Promise.all([
      cw("drain", ID, "n-1", "--wait"),
      cw("upgrade", ID, "1.99"),
      cw("cordon", ID, "n-1", "--deadline", "tomorrow"),
      cw("cordon", "quikstart", "n-1"),
    ]);
    assert.match(
      unknown.err,
      /^error: operation drain-\w+ failed after .*: there is no node n-1; the nodes are quickstart-/,
    );
    assert.match(value.err, /kubernetes\.version: "1\.99" is not a Kubernetes minor that is known; use/);
    assert.equal(late.code, 2);
    assert.match(late.err, /Write a moment with its zone, like 2026-12-05T02:00:00Z/);
    assert.equal(cluster.err, "error: there is no cluster quikstart; did you mean quickstart?\n");
  });
});
