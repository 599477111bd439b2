import assert from "node:assert/strict";
import { INSTALL_ATTEMPTS_MAX } from "../../../../shared/resources/kubernetes/installer-attempts.ts";
import { look, NOW_MS, QUIET, settle, stored } from "./addon-passes.ts";
import { FakeApi } from "./fake-api.ts";
import { clusterWith } from "./fixtures.ts";
import { healthy, healthyApi, serverDefaults } from "./server-defaults.ts";

const MINUTE_MS = 60_000;

describe("installers of network plugins", () => {
  function jobsOf(api: FakeApi): readonly string[] {
    return [...api.objects.keys()]
      .filter((path) => path.includes("/jobs/"))
      .map((path) => path.split("/").at(-1) ?? "");
  }
  function failingApi(nowMs: () => number): FakeApi {
    const api = new FakeApi();
    api.complete = (object) => {
      if (object["kind"] !== "Job") return healthy(serverDefaults(object));
      const lastTransitionTime = new Date(nowMs()).toISOString();
      return {
        ...object,
        status: {
          conditions: [
            {
              type: "Failed",
              status: "True",
              reason: "BackoffLimitExceeded",
              message: "",
              lastTransitionTime,
            },
          ],
        },
      };
    };
    return api;
  }
  const verbOf = (api: FakeApi, name: string | undefined) =>
    (
      stored(api, `/apis/batch/v1/namespaces/kube-system/jobs/${name}`)["spec"] as {
        template: { spec: { containers: { args: string[] }[] } };
      }
    ).template.spec.containers[0]?.args[0];

  it("try again after growing pauses, install and upgrade by turns, and then ask for a person", async () => {
    let nowMs = NOW_MS;
    const api = failingApi(() => nowMs);
    const cluster = clusterWith();
    for (let minute = 0; minute < 120; minute += 1) {
      await settle(api, cluster, nowMs);
      nowMs += MINUTE_MS;
    }
    const jobs = jobsOf(api);
    assert.equal(jobs.length, INSTALL_ATTEMPTS_MAX);
    assert.deepEqual(
      jobs.map((name) => verbOf(api, name)),
      ["install", "upgrade", "install", "upgrade", "install"],
    );
    const plan = await look(api, cluster, nowMs);
    assert.equal(plan.actions.length, 0);
    assert.match(
      plan.problems[0]?.message ?? "",
      /failed too often \(BackoffLimitExceeded\).*kubectl -n kube-system logs job\/cilium-install-/,
    );
  });

  it("wait for the pause, saying which attempt comes next", async () => {
    const api = failingApi(() => NOW_MS);
    const cluster = clusterWith();
    await settle(api, cluster);
    const plan = await look(api, cluster);
    assert.ok(
      plan.waiting.some(
        ({ reason }) =>
          reason === "the installer of cilium: attempt 2 of 5 after a pause: BackoffLimitExceeded",
      ),
    );
  });

  it("run again when what they installed is gone, and wait until it runs", async () => {
    const api = healthyApi();
    const cluster = clusterWith();
    const agent = "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium";
    await settle(api, cluster);
    api.objects.delete(agent);
    const plan = await look(api, cluster);
    assert.deepEqual(
      plan.actions.map(({ reason }) => reason),
      ["run the installer of cilium: attempt 1: what it installed is gone"],
    );
    await settle(api, cluster);
    assert.deepEqual(await look(api, cluster), QUIET);
    assert.equal(jobsOf(api).length, 1, "the earlier Job is gone");
    const status = { desiredNumberScheduled: 3, numberAvailable: 1 };
    api.put(agent, { ...stored(api, agent), status });
    const { waiting } = await look(api, cluster);
    assert.deepEqual(
      waiting.map(({ reason }) => reason),
      ["DaemonSet kube-system/cilium to run on every node: 1 of 3"],
    );
  });

  it("run again when what they install changes, as an upgrade, and then their old Job goes", async () => {
    const api = healthyApi();
    await settle(api, clusterWith());
    const before = jobsOf(api);
    const cluster = clusterWith({ network: { pods: "10.128.0.0/14" } });
    await settle(api, cluster);
    const after = jobsOf(api);
    assert.equal(before.length, 1);
    assert.equal(after.length, 1);
    assert.notDeepEqual(after, before);
    assert.equal(verbOf(api, after[0]), "upgrade");
    assert.deepEqual(await look(api, cluster), QUIET);
  });
});
