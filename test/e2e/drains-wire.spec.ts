/** Two drains of one node at the same time, kubectl's and ours: neither undoes what the other does, and each pod leaves once. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Started, startCommand } from "../support/command-line.ts";
import { leaveOut } from "../support/leave-out.ts";
import { CASE_MAX_MS, findKubectl, KUBECTL_VERSIONS, kubectlStage, LOOKED_AT_MS } from "./kubectl-stage.ts";

const SPEC = `name: drains
engine: gce
project: demo-project
region: europe-west4
kubernetes: { version: "1.36" }
controlPlane: { replicas: 1 }
network: { nodes: 10.78.0.0/20 }
nodePools: [{ name: general, size: 2 }]
deletionProtection: false
`;
const WHY = "a look at its disk";

describe("two drains of one node, kubectl's and ours", function () {
  this.timeout(CASE_MAX_MS);
  const { state, kubeconfig, k, cw, until, marks } = kubectlStage("drains", SPEC);
  const isCordoned = (node: string) => marks(node).startsWith("true ");

  /** One pod that may not go, for its budget wants it. @returns the node that it is on */
  const serveHeld = async (app: string): Promise<string> => {
    k("create", "deployment", app, "--image=nginx", "--replicas=1");
    k("create", "poddisruptionbudget", app, `--selector=app=${app}`, "--min-available=1");
    k("rollout", "status", `deployment/${app}`, "--timeout=60s");
    return k("get", "pods", "-l", `app=${app}`, "-o", "jsonpath={.items[0].spec.nodeName}").trim();
  };
  /** Another replica lets the first pod go. */
  const letGo = (app: string) => k("scale", "deployment", app, "--replicas=2");
  /** Pods of it that there ever were. */
  const podsMade = (app: string) => {
    const told = k(
      "get",
      "events",
      "--field-selector",
      "reason=SuccessfulCreate",
      "-o",
      "jsonpath={.items[*].message}",
    );
    return new Set(told.match(new RegExp(`${app}-[a-z0-9]+-[a-z0-9]{5}\\b`, "g"))).size;
  };
  const readyOf = (app: string) => k("get", "deployment", app, "-o", "jsonpath={.status.readyReplicas}");
  const drainedBy = (path: string, node: string) =>
    startCommand(["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=240s"], {
      state,
      start: [path, `--kubeconfig=${kubeconfig}`],
    });
  const evicts = (theirs: Started) => until(() => /evicting pod default\//.test(theirs.out()));

  for (const [index, name] of KUBECTL_VERSIONS.entries()) {
    it(`ours first, ${name} beside it: the node stays ours, and both are done`, async function () {
      const path = findKubectl(name) ?? leaveOut(this, `${name} is not installed`);
      const app = `ours${index}`;
      const node = await serveHeld(app);
      const ours = startCommand(["drain", "drains", node, "--wait", "--reason", WHY], { state });
      await until(() => isCordoned(node));
      const theirs = drainedBy(path, node);
      await evicts(theirs);
      assert.equal(readyOf(app), "1", "both are refused by the budget");
      assert.match(marks(node), new RegExp(WHY));

      letGo(app);
      const [ourEnd, theirEnd] = await Promise.all([ours.ended, theirs.ended]);
      assert.equal(ourEnd.code, 0, ourEnd.err);
      assert.equal(theirEnd.code, 0, theirEnd.err);
      await until(() => readyOf(app) === "2");
      assert.equal(podsMade(app), 3, "the first pod, the second replica, and one in place of the first");
      assert.match(marks(node), new RegExp(`^true .*${WHY}`));
      await cw("uncordon", "drains", node, "--wait");
      assert.equal(isCordoned(node), false);
      k("delete", "deployment,poddisruptionbudget", app);
    });

    it(`${name} first, ours beside it: it is left alone until its owner lets it go, then it is ours`, async function () {
      const path = findKubectl(name) ?? leaveOut(this, `${name} is not installed`);
      const app = `theirs${index}`;
      const node = await serveHeld(app);
      const theirs = drainedBy(path, node);
      await evicts(theirs);
      const ours = startCommand(["drain", "drains", node, "--wait", "--reason", WHY], { state });
      const isLeftAlone = /cordoned by somebody else and is left alone/;
      await until(async () => isLeftAlone.test((await cw("describe", "drains")).replace(/\s+/g, " ")));

      letGo(app);
      const { code, err } = await theirs.ended;
      assert.equal(code, 0, err);
      await until(() => readyOf(app) === "2");
      assert.equal(podsMade(app), 3);
      await sleep(LOOKED_AT_MS);
      assert.match(marks(node), /^true /, "their cordon is kept");
      assert.doesNotMatch(marks(node), new RegExp(WHY), "and is nobody else's");

      k("uncordon", node);
      const end = await ours.ended;
      assert.equal(end.code, 0, end.err);
      assert.match(marks(node), new RegExp(`^true .*${WHY}`));
      assert.equal(podsMade(app), 3, "nothing was left to evict");
      await cw("uncordon", "drains", node, "--wait");
      assert.equal(isCordoned(node), false);
      k("delete", "deployment,poddisruptionbudget", app);
    });
  }
});
