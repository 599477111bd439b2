/** `clusterwright simulate`: machines fail in a simulated cloud, and the control plane beside it hears of it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endCommands, runCommand, type Started, startCommand } from "../support/command-line.ts";
import { temporaryFolders } from "../support/folder.ts";

const CASE_MAX_MS = 180_000;
const LOOK_MS = 200;

/** Hung already: said, not ignored. */
async function isSaidOnce(
  simulate: (...args: readonly string[]) => Promise<{ readonly code: number | null; readonly err: string }>,
  node: string,
): Promise<void> {
  const again = await simulate("hang", "--node", node);
  assert.equal(again.code, 1);
  assert.match(again.err, /is no node whose kubelet runs/);
}

describe("clusterwright simulate", function () {
  this.timeout(CASE_MAX_MS);
  const folder = temporaryFolders();
  after(endCommands);

  it("lets machines of the simulated cloud fail, and what happened is in the cluster's events within moments", async () => {
    const state = join(folder(), "server.json");
    const started = startCommand(["start", "--speed", "60"], { state });
    try {
      await until(async () => /In another terminal/.test(started.out()), started);
      const simulate = (...args: readonly string[]) => runCommand(["simulate", ...args], { state });
      const { err } = await simulate("host-error", "--node", "nobody");
      const names = [...new Set(err.match(/quickstart-[a-z0-9]+-n-[a-z]+-[a-z0-9]+/g) ?? [])];
      const general = names.filter((name) => name.includes("-n-general-"));
      const batch = names.filter((name) => name.includes("-n-batch-"));
      assert.deepEqual([general.length, batch.length], [2, 1], err);
      const [first = "", second = ""] = general;
      const powers: readonly (readonly [args: readonly string[], said: RegExp, heard: RegExp | undefined])[] =
        [
          [
            ["host-error", "--node", first],
            /has failed; Compute Engine starts it again/,
            incident(first, "host-error"),
          ],
          [["preemption", "--node", batch[0] ?? ""], /is preempted/, incident(batch[0] ?? "", "preempted")],
          [["disk-read-only", "--node", second], /is read-only/, undefined],
          [["hang", "--node", second], /its kubelet is silent/, undefined],
          // Last of this machine: it is drained ahead of its window, and goes.
          [
            ["maintenance-notice", "--node", second, "--for", "1h"],
            /maintenance of the host of .* is announced/,
            incident(second, "maintenance-notice"),
          ],
          [["zone-outage", "--zone", "europe-west4-a", "--for", "1m"], /europe-west4-a is dark/, undefined],
        ];
      for (const [args, said, heard] of powers) {
        const { code, out, err: why } = await simulate(...args);
        assert.equal(code, 0, why);
        assert.match(out, said);
        if (args[0] === "hang") await isSaidOnce(simulate, second);
        if (heard === undefined) continue;
        await until(
          async () => heard.test((await runCommand(["events", "quickstart"], { state })).out),
          started,
        );
      }
    } finally {
      started.child.kill("SIGINT");
    }
    const { code, err } = await started.ended;
    assert.deepEqual([code, err], [0, ""]);
  });

  it("refuses a control plane that works against the real cloud, and whatever else is no simulated one", async () => {
    const state = join(folder(), "server.json");
    const args = ["simulate", "host-error", "--node", "some-node"] as const;
    const none = await runCommand(args, { state });
    assert.equal(none.code, 1);
    assert.match(none.err, /no control plane runs on this machine/);
    writeFileSync(state, JSON.stringify({ url: "http://127.0.0.1:1", token: "x", pid: process.pid }));
    const real = await runCommand(args, { state });
    assert.equal(real.code, 1);
    assert.match(real.err, /works against Google Cloud, where nothing is broken on purpose/);
    const calls: string[] = [];
    const stranger = createServer((request, response) => {
      calls.push(`${request.method} ${request.url}`);
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    });
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const { port } = stranger.address() as AddressInfo;
    const other = await runCommand([...args, "--cloud", `http://127.0.0.1:${port}`], { state });
    stranger.close();
    assert.equal(other.code, 1);
    assert.match(other.err, /is not a simulated cloud/);
    assert.deepEqual(calls, ["GET /simulator/"], "nothing is sent to it");
  });

  it("says what is missing or too much", async () => {
    const state = join(folder(), "server.json");
    const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [["earthquake"], /host-error, preemption/],
      [["host-error"], /name the node/],
      [["zone-outage", "--node", "x"], /name the zone/],
      [["zone-outage"], /name the zone/],
      [["hang", "--node", "x", "--restart", "never"], /--restart goes with host-error alone/],
      [["hang", "--node", "x", "--zone", "y"], /no zone/],
      [["zone-outage", "--zone", "x", "--for", "soon"], /90s, 30m or 2h/],
    ];
    for (const [args, message] of wrong) {
      const { code, err } = await runCommand(["simulate", ...args], { state });
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
  });
});

function incident(machine: string, kind: string): RegExp {
  return new RegExp(`incident +instances/${machine} +${kind}`);
}

async function until(holds: () => Promise<boolean>, started: Started): Promise<void> {
  while (!(await holds())) {
    if (started.child.exitCode !== null) assert.fail(JSON.stringify(await started.ended));
    await sleep(LOOK_MS);
  }
}
