/** `npm start` in a process of its own: up to Ready, what people do then, and its end. */
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findCommand, run } from "../support/command.ts";
import { endCommands, runCommand, type Started, startCommand } from "../support/command-line.ts";
import { temporaryFolders } from "../support/folder.ts";
import { leaveOut } from "../support/leave-out.ts";

const LAUNCHER = fileURLToPath(new URL("../../cli/clusterwright.js", import.meta.url));
const CASE_MAX_MS = 120_000;
const SPEED = "60";
const UNJOINABLE = `name: lost
engine: gce
project: demo-project
region: europe-west4
controlPlane: { replicas: 1 }
network: { nodes: 10.10.0.0/20, existing: { network: nowhere, subnetwork: nowhere } }
nodePools: [{ name: general, size: 1 }]
`;

describe("clusterwright start", function () {
  this.timeout(CASE_MAX_MS);
  const folder = temporaryFolders();
  after(endCommands);

  it("brings the first cluster up, is used by kubectl and the other commands, and ends on Ctrl-C", async function () {
    const state = join(folder(), "server.json");
    const started = startCommand(["start", "--speed", SPEED], { state });
    try {
      await until(started, /In another terminal/);
      assert.match(
        started.out(),
        /✓ cluster quickstart is Ready after \d+ s\n {2}Kubernetes 1\.36\.\d+, 4 of 4 nodes/,
      );
      assert.equal(statSync(state).mode & 0o777, 0o600);
      const again = await runCommand(["apply", "examples/quickstart.yaml", "--wait"], { state });
      assert.match(again.out, /^✓ cluster quickstart is unchanged\n✓ cluster quickstart is Ready after 0 s/);
      await kubectlWorks(state, this);
    } finally {
      started.child.kill("SIGINT");
    }
    const { code, err } = await started.ended;
    assert.equal(code, 0);
    assert.equal(err, "");
    assert.throws(() => readFileSync(state), /ENOENT/);
  });

  it("with --once ends with 0 when the cluster is Ready", async () => {
    const { code, err } = await runCommand(["start", "--once", "--speed", SPEED], {
      state: join(folder(), "server.json"),
    });
    assert.equal(err, "");
    assert.equal(code, 0);
  });

  it("ends with 1 and the reason when the cluster cannot become Ready", async () => {
    const path = join(folder(), "lost.yaml");
    writeFileSync(path, UNJOINABLE);
    const { code, err } = await runCommand(
      ["start", "--once", "--speed", SPEED, "--timeout", "15s", "--file", path],
      {
        state: join(folder(), "server.json"),
      },
    );
    assert.equal(code, 1);
    assert.match(
      err,
      /error: cluster lost is not Ready after 15 s:\n {2}\w+Ready: .*nowhere' was not found/s,
    );
    assert.doesNotMatch(err, /\n {4}at /);
  });
});

describe("The launcher", () => {
  it("hands arguments, output and exit code on, whichever Node runs it", async function () {
    this.timeout(CASE_MAX_MS);
    const folders = (process.env["PATH"] ?? "").split(":");
    const older = folders
      .map((path) => join(path, "node"))
      .filter((path) => /^v(18|20|22)\./.test(run(path, ["--version"]).output))[0];
    if (older === undefined)
      console.warn("    LEFT OUT: the launcher on an older Node, for none is installed");
    const state = "/nowhere/server.json";
    for (const node of [process.execPath, ...(older === undefined ? [] : [older])]) {
      const start = [node, LAUNCHER] as const;
      const [version, wrong] = await Promise.all([
        runCommand(["--version"], { state, start }),
        runCommand(["gett"], { state, start }),
      ]);
      assert.deepEqual([version.code, version.err], [0, ""]);
      assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
      assert.equal(wrong.code, 2);
    }
  });
});

async function kubectlWorks(state: string, context: Mocha.Context): Promise<void> {
  const kubectl = findCommand("kubectl");
  if (kubectl === undefined) leaveOut(context, "kubectl is not installed");
  const file = join(state, "..", "kubeconfig");
  const written = await runCommand(["kubeconfig", "quickstart", "--file", file], { state });
  assert.match(written.err, /kubeconfig: good for 12 h\n$/);
  const { status, output } = run(kubectl, ["--kubeconfig", file, "get", "nodes", "-o", "name"]);
  assert.equal(status, 0, output);
  assert.equal(output.trim().split("\n").length, 4);
}

async function until(started: Started, text: RegExp): Promise<void> {
  while (!text.test(started.out())) {
    if (started.child.exitCode !== null) assert.fail(JSON.stringify(await started.ended));
    await sleep(100);
  }
}
