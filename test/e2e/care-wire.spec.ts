/** The care of nodes as a person meets it: `start`, the commands and kubectl, one beside the other. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startCommand } from "../support/command-line.ts";
import { leaveOut } from "../support/leave-out.ts";
import { CASE_MAX_MS, findKubectl, KUBECTL_VERSIONS, kubectlStage, LOOKED_AT_MS } from "./kubectl-stage.ts";

const SPEC = `name: chain
engine: gce
project: demo-project
region: europe-west4
kubernetes: { version: "1.35" }
controlPlane: { replicas: 1 }
network: { nodes: 10.77.0.0/20 }
nodePools: [{ name: general, size: 1 }]
deletionProtection: false
`;

describe("the care of nodes, beside kubectl", function () {
  this.timeout(CASE_MAX_MS);
  const { state, started, kube, k, cw, until, marks } = kubectlStage("chain", SPEC);
  const worker = () => k("get", "nodes", "-l", "clusterwright-pool=general", "-o", "name").trim().slice(5);

  for (const name of KUBECTL_VERSIONS)
    it(`leaves a drain of ${name} alone, which does no harm to one of its own`, async function () {
      const path = findKubectl(name) ?? leaveOut(this, `${name} is not installed`);
      const theirs = (...args: readonly string[]) => kube(path, ...args);
      const drain = (node: string) =>
        theirs("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=60s");
      const node = worker();

      // Theirs first: no look at the cluster takes the cordon away, or claims it.
      assert.match(drain(node), new RegExp(`node/${node} (evicted|drained)`));
      await sleep(LOOKED_AT_MS);
      assert.match(theirs("get", "nodes"), new RegExp(`${node} +Ready,SchedulingDisabled`));
      assert.match(marks(node), /^true /);
      assert.doesNotMatch(marks(node), /cordon-reason/);
      theirs("uncordon", node);

      // Ours first: kubectl finds nothing left to do, and it stays ours.
      await cw("drain", "chain", node, "--wait", "--reason", "a look at its disk");
      assert.match(theirs("get", "nodes"), new RegExp(`${node} +Ready,SchedulingDisabled`));
      assert.match(theirs("describe", "node", node), /a look at its disk/);
      drain(node);
      assert.match(marks(node), /a look at its disk/);
      await cw("uncordon", "chain", node, "--wait");
      assert.doesNotMatch(marks(node), /^true /);
      assert.doesNotMatch(marks(node), /a look at its disk/);
    });

  it("goes from Kubernetes 1.35 to 1.37 step by step, names the budget that blocks, and is told by explain", async () => {
    k("create", "deployment", "web", "--image=nginx", "--replicas=1");
    k("create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=1");
    k("rollout", "status", "deployment/web", "--timeout=60s");

    const plan = await cw("upgrade", "chain", "1.37", "--dry-run");
    assert.match(plan, /one minor at a time: 1\.35\.\d+ → 1\.36\.\d+ → 1\.37\.\d+\./);
    const upgrade = startCommand(["upgrade", "chain", "1.37", "--wait"], { state });
    const blocked = /budget default\/web \(wants 1 healthy pods, has 1\) holds pod default\/web-/;
    await until(async () => blocked.test((await cw("describe", "chain")).replace(/\s+/g, " ")));
    assert.match(k("get", "nodes"), /v1\.35\./, "nothing is forced");
    assert.equal(k("get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}"), "1");
    k("scale", "deployment", "web", "--replicas=2");

    const { code, err, out } = await upgrade.ended;
    assert.equal(code, 0, err);
    assert.match(out, /step 1 of 2: 1\.35\.\d+ → 1\.36\.\d+/);
    assert.match(out, /step 2 of 2: 1\.36\.\d+ → 1\.37\.\d+/);
    const versions = k("get", "nodes", "-o", "jsonpath={.items[*].status.nodeInfo.kubeletVersion}");
    assert.match(versions, /^v1\.37\.\d+ v1\.37\.\d+$/);
    assert.equal(k("get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}"), "2");

    const told = await cw("explain", "operation", "update-2", "--cluster", "chain");
    assert.match(told, /became upgrade kubernetes\n +Kubernetes 1\.35\.\d+ → 1\.37\.\d+ is done/);
    for (const verb of ["cordon", "evict", "deleteInstances"])
      assert.match(told, new RegExp(`did +${verb} \\S+ \\[upgrade\\]`));
  });

  it("mends a machine that hangs within a minute, for its cloud is as much faster", async () => {
    const node = worker();
    await cw("simulate", "hang", "--node", node);
    const shown = async () => cw("events", "chain", "--last", "12");
    const mended = new RegExp(`reset +instances/${node} .*\n(.*\n)*.*Ready again: 2 of 2 nodes`);
    await until(async () => mended.test(await shown()));
    assert.match(await shown(), /watching +cluster +1 of 1 nodes of pool general are unhealthy/);
    const why = await cw("explain", "node", node);
    assert.match(why, /did +reset \S+ \[repair\]/);
    assert.match(why, /became +ready +cluster\n +Ready again: 2 of 2 nodes/);
  });

  it("ends in order", async () => {
    started().child.kill("SIGINT");
    const { code, err } = await started().ended;
    assert.deepEqual([code, err], [0, ""]);
  });
});
