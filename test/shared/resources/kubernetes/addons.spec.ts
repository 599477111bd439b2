import assert from "node:assert/strict";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import { addons } from "../../../../shared/resources/kubernetes/addons.ts";
import type { AddonAction } from "../../../../shared/resources/kubernetes/addons-model.ts";
import { DNS_PATH } from "../../../../shared/resources/kubernetes/dns.ts";
import { CCM, IN_SYSTEM, look, METRICS, NOW_MS, QUIET, settle, stored } from "./addon-passes.ts";
import { clusterWith } from "./fixtures.ts";
import { healthy, healthyApi } from "./server-defaults.ts";

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
