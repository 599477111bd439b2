import assert from "node:assert/strict";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import { addons } from "../../../../shared/resources/kubernetes/addons.ts";
import type { AddonAction } from "../../../../shared/resources/kubernetes/addons-model.ts";
import { DNS_PATH } from "../../../../shared/resources/kubernetes/dns.ts";
import { INSTALL_ATTEMPTS_MAX } from "../../../../shared/resources/kubernetes/installer-attempts.ts";
import type { Cluster, Plan } from "../../../../shared/resources/resource.ts";
import { FakeApi, type Stored } from "./fake-api.ts";
import { clusterWith } from "./fixtures.ts";
import { healthy, healthyApi, serverDefaults } from "./server-defaults.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;
const PASSES_MAX = 12;

async function look(api: FakeApi, cluster: Cluster, nowMs = NOW_MS): Promise<Plan<AddonAction>> {
  const observed = await addons.observe(api.cloud, cluster);
  const desired = addons.desire(cluster);
  assert.ok(Array.isArray(desired));
  return addons.plan({ cluster, desired, observed, nowMs });
}
async function performAll(
  api: FakeApi,
  cluster: Cluster,
  plan: Plan<AddonAction>,
): Promise<readonly string[]> {
  for (const action of plan.actions) await addons.perform(api.cloud, cluster, action, "");
  return plan.actions.map((action) => `${action.verb} ${action.key}`);
}
/** Passes until nothing is left to do; answers what was done, in order. */
async function settle(api: FakeApi, cluster: Cluster, nowMs = NOW_MS): Promise<readonly string[]> {
  const done: string[] = [];
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const plan = await look(api, cluster, nowMs);
    if (plan.actions.length === 0) return done;
    done.push(...(await performAll(api, cluster, plan)));
  }
  throw new Error(`not settled after ${PASSES_MAX} passes: ${done.slice(-5).join(", ")}`);
}
const IN_SYSTEM = "/apis/apps/v1/namespaces/kube-system";
const CCM = `${IN_SYSTEM}/daemonsets/cloud-controller-manager`;
const METRICS = `${IN_SYSTEM}/deployments/metrics-server`;
function stored(api: FakeApi, path: string): Stored {
  const object = api.objects.get(path);
  assert.ok(object !== undefined, `${path} is there`);
  return object;
}
const QUIET = { actions: [], waiting: [], problems: [] };

describe("addons", () => {
  it("waits for the Kubernetes API before anything is desired", () => {
    const { kubernetes: _, ...facts } = clusterWith().facts;
    const desired = addons.desire({ ...clusterWith(), facts });
    assert.deepEqual(desired, { key: "addons", reason: "the cluster's Kubernetes API to answer" });
  });

  for (const plugin of ["cilium", "calico", "alias-ip"] as const) {
    it(`applies everything once with ${plugin}, then neither acts nor waits, whatever the server fills in`, async () => {
      const api = healthyApi();
      const cluster = clusterWith({ plugin });
      const done = await settle(api, cluster);
      assert.equal(new Set(done).size, done.length, "nothing is applied twice");
      const writes = api.writes.length;
      assert.deepEqual(await look(api, cluster), QUIET);
      assert.equal(api.writes.length, writes);
    });
  }

  it("applies accounts and rights before what runs with them", async () => {
    const done = await settle(healthyApi(), clusterWith());
    const first = done.findIndex((line) => /daemonsets|deployments|jobs/.test(line));
    const last = done.findLastIndex((line) => /serviceaccounts|clusterrole|configmaps/.test(line));
    assert.ok(last < first, done.join("\n"));
  });

  it("puts back a field that somebody edited, and names it", async () => {
    const api = healthyApi();
    const cluster = clusterWith();
    await settle(api, cluster);
    const object = stored(api, METRICS);
    api.put(METRICS, { ...object, spec: { ...(object["spec"] as object), replicas: 0 } });
    const plan = await look(api, cluster);
    assert.deepEqual(
      plan.actions.map(({ key, reason }) => ({ key, reason })),
      [
        {
          key: METRICS,
          reason: "Deployment kube-system/metrics-server of metrics-server was edited: spec.replicas differs",
        },
      ],
    );
    await settle(api, cluster);
    assert.equal((stored(api, METRICS)["spec"] as { replicas: number }).replicas, 1);
  });

  it("leaves alone what others add to our objects", async () => {
    const api = healthyApi();
    const cluster = clusterWith();
    await settle(api, cluster);
    const object = stored(api, CCM);
    const labels = { ...object.metadata.labels, team: "platform" };
    api.put(CCM, { ...object, metadata: { ...object.metadata, labels } });
    assert.deepEqual(await look(api, cluster), QUIET);
  });

  it("applies again what is of an earlier spec", async () => {
    const api = healthyApi();
    await settle(api, clusterWith());
    const wider = clusterWith({ plugin: "alias-ip" });
    const plan = await look(api, wider);
    const reason = plan.actions.find(({ key }) => key === CCM)?.reason;
    assert.equal(
      reason,
      "DaemonSet kube-system/cloud-controller-manager of cloud-controller-manager is of an earlier spec or version",
    );
  });

  it("deletes an add-on that is turned off, after everything else is in place, and only what is ours", async () => {
    const api = healthyApi();
    await settle(api, clusterWith());
    const foreign = `${IN_SYSTEM}/deployments/theirs`;
    api.put(foreign, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "theirs", namespace: "kube-system" },
    });
    const off = clusterWith({ addons: { metrics: false } });
    const done = await settle(api, off);
    assert.ok(done.includes(`delete ${METRICS}`));
    assert.ok(done.every((line) => line.startsWith("delete ")));
    assert.equal([...api.objects.keys()].filter((path) => path.includes("metrics")).length, 0);
    assert.ok(api.objects.has(foreign));
    assert.deepEqual(await look(api, off), QUIET);
  });

  it("does not take over an object of the same name that is not ours", async () => {
    const api = healthyApi();
    const path = "/apis/storage.k8s.io/v1/storageclasses/standard";
    api.put(path, { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "standard" } });
    const cluster = clusterWith();
    const action: AddonAction = {
      key: path,
      verb: "apply",
      reason: "",
      change: "apply",
      fresh: true,
      object: { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "standard" } },
    };
    await assert.rejects(
      addons.perform(api.cloud, cluster, action, ""),
      (error) => isCloudError(error, "already-exists") && error.message.includes("set its label"),
    );
    assert.equal(api.writes.length, 0);
  });

  it("makes a storage class anew when a field differs that cannot change", async () => {
    const api = healthyApi();
    const cluster = clusterWith();
    await settle(api, cluster);
    const path = "/apis/storage.k8s.io/v1/storageclasses/standard";
    const object = stored(api, path);
    api.put(path, { ...object, parameters: { type: "pd-ssd" } });
    const plan = await look(api, cluster);
    assert.equal(
      plan.actions[0]?.reason,
      "StorageClass standard must be made anew: parameters cannot change",
    );
    assert.deepEqual(await settle(api, cluster), [`delete ${path}`, `apply ${path}`]);
  });

  it("waits for workloads, with what their pods say", async () => {
    const api = healthyApi();
    const cluster = clusterWith();
    await settle(api, cluster);
    const object = stored(api, CCM);
    api.put(CCM, {
      ...object,
      status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 },
    });
    api.put("/api/v1/namespaces/kube-system/pods/ccm-x", {
      metadata: {
        name: "ccm-x",
        namespace: "kube-system",
        labels: {
          component: "cloud-controller-manager",
          "clusterwright.dev/addon": "cloud-controller-manager",
        },
      },
      status: {
        containerStatuses: [
          { name: "c", state: { waiting: { reason: "ImagePullBackOff", message: "not found" } } },
        ],
      },
    });
    assert.deepEqual(await look(api, cluster), {
      ...QUIET,
      waiting: [
        {
          key: CCM,
          reason:
            "DaemonSet kube-system/cloud-controller-manager to run on every node: 2 of 3 (pod ccm-x: ImagePullBackOff: not found)",
        },
      ],
    });
  });

  it("does nothing inside a cluster that is being deleted, not even look", async () => {
    const api = healthyApi();
    const cluster = clusterWith({ deleting: true });
    assert.deepEqual(await addons.observe(api.cloud, cluster), []);
    assert.deepEqual(addons.plan({ cluster, desired: [], observed: [], nowMs: NOW_MS }), QUIET);
    assert.equal(api.requests.length, 0);
  });

  it("scales CoreDNS to none while addons.dns is off, and back", async () => {
    const api = healthyApi();
    api.put(
      DNS_PATH,
      healthy({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "coredns", namespace: "kube-system" },
        spec: { replicas: 2 },
      }),
    );
    const replicas = () => (stored(api, DNS_PATH)["spec"] as { replicas: number }).replicas;
    await settle(api, clusterWith({ addons: { dns: false } }));
    assert.equal(replicas(), 0);
    await settle(api, clusterWith());
    assert.equal(replicas(), 2);
  });
});

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

describe("manifests of the spec", () => {
  const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec: { group: example.com }
`;
  const WIDGET = `apiVersion: example.com/v1
kind: Widget
metadata: { name: one, namespace: shop }
spec: { size: 3 }
`;
  const NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n";
  const WIDGET_PATH = "/apis/example.com/v1/namespaces/shop/widgets/one";
  const CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com";

  /** Widgets are served once their definition is there. */
  function widgetApi(): FakeApi {
    const api = healthyApi();
    api.intercept = (request) => {
      if (request.path !== "/apis/example.com/v1") return undefined;
      if (!api.objects.has(CRD_PATH)) return { status: 404, body: {} };
      const resources = [
        { name: "widgets", kind: "Widget", namespaced: true },
        { name: "widgets/status", kind: "Widget", namespaced: true },
      ];
      return { status: 200, body: { kind: "APIResourceList", resources } };
    };
    return api;
  }

  it("are applied, definitions and namespaces first, and found again when the last of their kind leaves the spec", async () => {
    const api = widgetApi();
    const cluster = clusterWith({ addons: { manifests: [`${WIDGET}---\n${NAMESPACE}`, CRD] } });
    const done = await settle(api, cluster);
    assert.ok(done.indexOf(`apply ${CRD_PATH}`) < done.indexOf(`apply ${WIDGET_PATH}`));
    assert.deepEqual(stored(api, WIDGET_PATH)["spec"], { size: 3 });
    assert.deepEqual(await look(api, cluster), QUIET);

    const without = clusterWith({ addons: { manifests: [NAMESPACE, CRD] } });
    const undone = await settle(api, without);
    assert.deepEqual(undone[0], `delete ${WIDGET_PATH}`);
    assert.deepEqual(await look(api, without), QUIET);
  });

  it("never delete a namespace or a definition; they are reported", async () => {
    const api = widgetApi();
    await settle(api, clusterWith({ addons: { manifests: [NAMESPACE, CRD] } }));
    const plan = await look(api, clusterWith());
    assert.deepEqual(plan.actions, []);
    assert.deepEqual(plan.problems.map(({ key }) => key).sort(), ["/api/v1/namespaces/shop", CRD_PATH]);
    assert.match(plan.problems[0]?.message ?? "", /stays, because deleting it deletes what is in it/);
  });

  it("of a kind that the API does not know wait for its definition", async () => {
    const api = widgetApi();
    const cluster = clusterWith({ addons: { manifests: [WIDGET] } });
    await settle(api, cluster);
    const plan = await look(api, cluster);
    assert.deepEqual(
      plan.waiting.map(({ reason }) => reason),
      [
        "the API to know Widget of example.com/v1; its CustomResourceDefinition is missing or not established",
      ],
    );
  });

  it("that cannot be read are reported with their place, and the others are applied", async () => {
    const api = healthyApi();
    const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: greeting }\ndata: { text: hello }\n";
    const cluster = clusterWith({ addons: { manifests: ["{ not: [yaml", "kind: Secret", config] } });
    await settle(api, cluster);
    assert.ok(api.objects.has("/api/v1/namespaces/default/configmaps/greeting"));
    const { problems } = await look(api, cluster);
    assert.deepEqual(
      problems.map(({ key, code }) => [key, code]),
      [
        ["addons.manifests[0]", "unsupported"],
        ["addons.manifests[1]", "unsupported"],
      ],
    );
  });

  it("with a Job that cleans itself up are refused, for it would run for ever", async () => {
    const job =
      "apiVersion: batch/v1\nkind: Job\nmetadata: { name: once }\nspec: { ttlSecondsAfterFinished: 60 }\n";
    const { problems } = await look(healthyApi(), clusterWith({ addons: { manifests: [job] } }));
    assert.match(problems[0]?.message ?? "", /it would run again each time/);
  });

  it("that the API refuses hold up nothing of what nodes need", async () => {
    const api = healthyApi();
    const refused = "/api/v1/namespaces/nowhere/configmaps/lost";
    api.intercept = ({ method, path }) =>
      method === "PATCH" && path.startsWith(refused)
        ? { status: 404, body: { message: "namespace not found" } }
        : undefined;
    const lost = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: lost, namespace: nowhere }\n";
    const cluster = clusterWith({ addons: { manifests: [lost] } });
    for (let pass = 0; pass < PASSES_MAX; pass += 1) {
      const { actions } = await look(api, cluster);
      await Promise.allSettled(actions.map((action) => addons.perform(api.cloud, cluster, action, "")));
    }
    const plan = await look(api, cluster);
    assert.deepEqual(
      plan.actions.map(({ key }) => key),
      [refused],
    );
    assert.ok(api.objects.has(CCM) && api.objects.has(METRICS));
  });

  it("cannot replace an add-on's own object", async () => {
    const api = healthyApi();
    const thief =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: cloud-config, namespace: kube-system }\ndata: { cloud.conf: evil }\n";
    const cluster = clusterWith({ addons: { manifests: [thief] } });
    await settle(api, cluster);
    const config = stored(api, "/api/v1/namespaces/kube-system/configmaps/cloud-config")["data"] as Record<
      string,
      string
    >;
    assert.match(config["cloud.conf"] ?? "", /project-id = acme-prod/);
  });
});
