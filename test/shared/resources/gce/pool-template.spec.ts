/** What a pool's machines are made from, and when that is something else. */
import assert from "node:assert/strict";
import type { InstanceProperties } from "../../../../shared/ports/compute-types.ts";
import { poolTemplates } from "../../../../shared/resources/gce/pool-template.ts";
import { clusterOf, QUICKSTART } from "./clusters.ts";

function template(pool: Readonly<Record<string, unknown>>, network: Readonly<Record<string, unknown>> = {}) {
  const cluster = clusterOf({ ...QUICKSTART, network, nodePools: [{ name: "general", ...pool }] });
  const templates = poolTemplates(cluster);
  assert(!("missing" in templates));
  const [first] = templates;
  assert(first !== undefined);
  return first;
}
function properties(...args: Parameters<typeof template>): InstanceProperties {
  const { properties: found } = template(...args).body;
  assert(found !== undefined);
  return found;
}

describe("The template of a pool", () => {
  it("takes bare names of machine and disk types, for it has no zone", () => {
    const { machineType, disks } = properties({
      machineType: "n2-standard-4",
      disk: { type: "pd-ssd", sizeGb: 80 },
    });
    assert.equal(machineType, "n2-standard-4");
    assert.equal(disks?.[0]?.initializeParams?.diskType, "pd-ssd");
    assert.equal(disks?.[0]?.initializeParams?.diskSizeGb, "80");
  });

  it("has no public address when machines are private, and one when they are not", () => {
    assert.equal(properties({}, { nodesPrivate: true }).networkInterfaces?.[0]?.accessConfigs, undefined);
    assert.equal(properties({}, { nodesPrivate: false }).networkInterfaces?.[0]?.accessConfigs?.length, 1);
  });

  it("gives each machine a /24 of the pods' range with alias addresses, and lets it forward with other plugins", () => {
    const alias = properties({}, { plugin: "alias-ip" });
    assert.deepEqual(alias.networkInterfaces?.[0]?.aliasIpRanges, [
      { ipCidrRange: "/24", subnetworkRangeName: "pods" },
    ]);
    assert.equal(alias.canIpForward, false);
    const cilium = properties({}, { plugin: "cilium" });
    assert.equal(cilium.networkInterfaces?.[0]?.aliasIpRanges, undefined);
    assert.equal(cilium.canIpForward, true);
  });

  it("makes Spot machines that are deleted, not stopped, when they are taken away", () => {
    assert.deepEqual(properties({ spot: true }).scheduling, {
      provisioningModel: "SPOT",
      instanceTerminationAction: "DELETE",
      automaticRestart: false,
      onHostMaintenance: "TERMINATE",
    });
  });

  it("does not ask to move machines with GPUs, nor to refuse their unsigned drivers", () => {
    const gpu = properties({
      machineType: "n1-standard-4",
      accelerators: [{ type: "nvidia-tesla-t4", count: 2 }],
    });
    assert.deepEqual(gpu.guestAccelerators, [{ acceleratorType: "nvidia-tesla-t4", acceleratorCount: 2 }]);
    assert.equal(gpu.scheduling?.onHostMaintenance, "TERMINATE");
    assert.equal(gpu.shieldedInstanceConfig?.enableSecureBoot, false);
    assert.equal(properties({}).scheduling?.onHostMaintenance, "MIGRATE");
    assert.equal(properties({}).shieldedInstanceConfig?.enableSecureBoot, true);
  });

  it("runs as the pool's own account, else as the deployment's, never as the project's default", () => {
    const own = "batch-nodes@acme-dev.iam.gserviceaccount.com";
    assert.equal(properties({ serviceAccount: own }).serviceAccounts?.[0]?.email, own);
    assert.equal(
      properties({}).serviceAccounts?.[0]?.email,
      "clusterwright-node@acme-dev.iam.gserviceaccount.com",
    );
  });

  it("labels its machines with cluster, uid, role and pool", () => {
    assert.deepEqual(properties({}).labels, {
      "clusterwright-cluster": "quickstart",
      "clusterwright-uid": "ab12cd",
      "clusterwright-role": "worker",
      "clusterwright-pool": "general",
    });
  });

  it("has another name for other content, and the same for labels in another order", () => {
    const names = [{}, { machineType: "n2-standard-4" }, { labels: { a: "1" } }, { spot: true }].map(
      (pool) => template(pool).ref.name,
    );
    assert.equal(new Set(names).size, names.length);
    assert.equal(
      template({ labels: { a: "1", b: "2" } }).ref.name,
      template({ labels: { b: "2", a: "1" } }).ref.name,
    );
    assert.equal(template({ size: 3 }).ref.name, template({ size: 30 }).ref.name);
  });
});
