/** The way from Kubernetes 1.35 to 1.37 as docs/guides/upgrades.md has it: `start`, kubectl, and a budget that blocks for a while. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findCommand, run } from "../support/command.ts";
import { endCommands, runCommand, type Started, startCommand } from "../support/command-line.ts";
import { temporaryFolders } from "../support/folder.ts";
import { leaveOut } from "../support/leave-out.ts";

/** Far above what a loaded machine of two cores needs. */
const CASE_MAX_MS = 300_000;
const LOOK_MS = 500;
const SPEC = `name: chain
engine: gce
project: demo-project
region: europe-west4
kubernetes: { version: "1.35" }
controlPlane: { replicas: 1 }
network: { nodes: 10.77.0.0/20 }
nodePools: [{ name: general, size: 2 }]
deletionProtection: false
`;

describe("an upgrade over two minors, as a person does it", function () {
  this.timeout(CASE_MAX_MS);
  const folder = temporaryFolders();
  after(endCommands);

  it("goes step by step, names the budget that blocks it, goes on when that lets go, and is told by explain", async function () {
    const kubectl = findCommand("kubectl");
    if (kubectl === undefined) leaveOut(this, "kubectl is not installed");
    const state = join(folder(), "server.json");
    const [spec, kubeconfig] = [join(state, "..", "chain.yaml"), join(state, "..", "kubeconfig")];
    writeFileSync(spec, SPEC);
    const k = (...args: readonly string[]): string => {
      const { status, output } = run(kubectl, ["--kubeconfig", kubeconfig, ...args]);
      assert.equal(status, 0, output);
      return output;
    };
    const cw = async (...args: readonly string[]): Promise<string> => {
      const { code, out, err } = await runCommand(args, { state });
      assert.equal(code, 0, err);
      return out;
    };
    const started = startCommand(["start", "--speed", "60", "--file", spec], { state });
    try {
      await until(async () => /In another terminal/.test(started.out()), started);
      await cw("kubeconfig", "chain", "--file", kubeconfig);
      k("create", "deployment", "web", "--image=nginx", "--replicas=2");
      k("create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=2");
      k("rollout", "status", "deployment/web", "--timeout=60s");

      const plan = await cw("upgrade", "chain", "1.37", "--dry-run");
      assert.match(plan, /one minor at a time: 1\.35\.\d+ → 1\.36\.\d+ → 1\.37\.\d+\./);
      const upgrade = startCommand(["upgrade", "chain", "1.37", "--wait"], { state });
      const blocked = /budget default\/web \(wants 2 healthy pods, has 2\) holds pod default\/web-/;
      await until(async () => blocked.test((await cw("describe", "chain")).replace(/\s+/g, " ")), started);
      // It holds: nothing is forced, and the control plane does not go on.
      await sleep(2_000);
      assert.match(k("get", "nodes"), /v1\.35\./);
      assert.equal(k("get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}"), "2");
      k("scale", "deployment", "web", "--replicas=3");

      const { code, err } = await upgrade.ended;
      assert.equal(code, 0, err);
      const out = upgrade.out();
      assert.match(out, /step 1 of 2: 1\.35\.\d+ → 1\.36\.\d+/);
      assert.match(out, /step 2 of 2: 1\.36\.\d+ → 1\.37\.\d+/);
      assert.match(out, blocked);
      const versions = k("get", "nodes", "-o", "jsonpath={.items[*].status.nodeInfo.kubeletVersion}");
      assert.deepEqual(
        versions.split(" ").map((version) => version.replace(/\.\d+$/, "")),
        ["v1.37", "v1.37", "v1.37"],
      );
      assert.equal(k("get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}"), "3");

      const told = await cw("explain", "operation", "update-2", "--cluster", "chain");
      assert.match(told, /became upgrade kubernetes\n +Kubernetes 1\.35\.\d+ → 1\.37\.\d+ is done/);
      for (const verb of ["cordon", "evict", "deleteInstances"])
        assert.match(told, new RegExp(`did +${verb} \\S+ \\[upgrade\\]`));
    } finally {
      started.child.kill("SIGINT");
    }
    const { code, err } = await started.ended;
    assert.deepEqual([code, err], [0, ""]);
  });
});

async function until(done: () => Promise<boolean>, { out }: Started): Promise<void> {
  const endMs = Date.now() + CASE_MAX_MS;
  while (!(await done())) {
    if (Date.now() > endMs) assert.fail(`not so in time:\n${out()}`);
    await sleep(LOOK_MS);
  }
}
