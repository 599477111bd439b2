/** A cluster of `start` for tests on the wire, with the command line and kubectl beside one another. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findCommand, run } from "../support/command.ts";
import { endCommands, runCommand, type Started, startCommand } from "../support/command-line.ts";
import { leaveOut } from "../support/leave-out.ts";

/** Far above what a loaded machine of two cores needs. */
export const CASE_MAX_MS = 300_000;
const LOOK_MS = 500;
/** Longer than a look at all nodes beside a simulated cloud takes to come round (cli/embedded/dispatcher.ts). */
export const LOOKED_AT_MS = 6_000;
/** The oldest and the newest that the Cloud SDK brings. */
export const KUBECTL_VERSIONS = ["kubectl.1.27", "kubectl.1.33"];
const SDK_FOLDER = "/usr/lib/google-cloud-sdk/bin";

export interface KubectlStage {
  readonly state: string;
  readonly kubeconfig: string;
  started(): Started;
  /** Any kubectl, with the cluster's kubeconfig. */
  kube(program: string, ...args: readonly string[]): string;
  /** The one that is installed. */
  k(...args: readonly string[]): string;
  cw(...args: readonly string[]): Promise<string>;
  until(done: () => Promise<boolean> | boolean): Promise<void>;
  /** Whether a node is cordoned, and its annotations. */
  marks(node: string): string;
}

/** One for all tests of the suite that calls it: the control plane lives through them. */
export function kubectlStage(cluster: string, spec: string): KubectlStage {
  const folder = mkdtempSync(join(tmpdir(), `clusterwright-${cluster}-`));
  const state = join(folder, "server.json");
  const kubeconfig = join(folder, "kubeconfig");
  let kubectl: string;
  let started: Started;

  const kube = (program: string, ...args: readonly string[]): string => {
    const { status, output } = run(program, ["--kubeconfig", kubeconfig, ...args]);
    assert.equal(status, 0, output);
    return output;
  };
  const k = (...args: readonly string[]) => kube(kubectl, ...args);
  const cw = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await runCommand(args, { state });
    assert.equal(code, 0, `${args.join(" ")}: ${err}`);
    return out;
  };
  const until = async (done: () => Promise<boolean> | boolean): Promise<void> => {
    const endMs = Date.now() + CASE_MAX_MS;
    while (!(await done())) {
      if (Date.now() > endMs) assert.fail(`not so in time:\n${started.out()}`);
      await sleep(LOOK_MS);
    }
  };

  before(async function () {
    kubectl = findCommand("kubectl") ?? leaveOut(this, "kubectl is not installed");
    const file = join(folder, `${cluster}.yaml`);
    writeFileSync(file, spec);
    started = startCommand(["start", "--speed", "60", "--file", file], { state });
    await until(() => /In another terminal/.test(started.out()));
    await cw("kubeconfig", cluster, "--file", kubeconfig);
  });
  after(() => {
    endCommands();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    state,
    kubeconfig,
    started: () => started,
    kube,
    k,
    cw,
    until,
    marks: (node) => k("get", "node", node, "-o", "jsonpath={.spec.unschedulable} {.metadata.annotations}"),
  };
}

/** A kubectl of some version, where there is one. */
export function findKubectl(name: string): string | undefined {
  return findCommand(name) ?? [join(SDK_FOLDER, name)].find((one) => existsSync(one));
}
