/** What is edited by hand, or asked for anew, leads to just the change that the table of its kind says. */
import assert from "node:assert/strict";
import { outdatedBecause, outdatedMembers } from "../../../../shared/resources/gce/outdated-members.ts";
import { converge, decide } from "./passes.ts";
import { edit, GLOBAL, P, REGION, running, ZONE } from "./running-cluster.ts";
import type { Body } from "./small-cloud.ts";

const PUT_BACK: readonly { what: string; path: string; fields: Body; verb: string; reason: RegExp }[] = [
  {
    what: "a firewall rule opened to everybody",
    path: `${GLOBAL}/firewalls/${P}-etcd`,
    fields: { sourceRanges: ["0.0.0.0/0"] },
    verb: "firewalls.update",
    reason: /^sourceRanges is \[0\.0\.0\.0\/0\], wanted \[\]$/,
  },
  {
    what: "a firewall rule switched off",
    path: `${GLOBAL}/firewalls/${P}-api`,
    fields: { disabled: true },
    verb: "firewalls.update",
    reason: /^disabled is true, wanted false$/,
  },
  {
    what: "a firewall rule of the wrong direction",
    path: `${GLOBAL}/firewalls/${P}-api`,
    fields: { direction: "EGRESS" },
    verb: "delete",
    reason: /^direction is EGRESS, wanted INGRESS; it cannot change in place, so it is made anew$/,
  },
  {
    what: "a subnetwork without access to Google's APIs",
    path: `${REGION}/subnetworks/${P}-nodes`,
    fields: { privateIpGoogleAccess: false },
    verb: "subnetworks.setPrivateIpGoogleAccess",
    reason: /^privateIpGoogleAccess is false, wanted true$/,
  },
  {
    what: "a router without its translation",
    path: `${REGION}/routers/${P}-router`,
    fields: { nats: [] },
    verb: "patch",
    reason: /^nats is \[\], wanted \[\{name: nat/,
  },
  {
    what: "a slower health check",
    path: `${REGION}/healthChecks/${P}-api`,
    fields: { checkIntervalSec: 60 },
    verb: "patch",
    reason: /^checkIntervalSec is 60, wanted 5$/,
  },
  {
    what: "a backend service without back ends",
    path: `${REGION}/backendServices/${P}-api-internal`,
    fields: { backends: [] },
    verb: "patch",
    reason: /^backends is \[\], wanted/,
  },
  {
    what: "a forwarding rule closed to other regions",
    path: `${REGION}/forwardingRules/${P}-api-internal`,
    fields: { allowGlobalAccess: false },
    verb: "patch",
    reason: /^allowGlobalAccess is false, wanted true$/,
  },
  {
    what: "a forwarding rule at another port",
    path: `${REGION}/forwardingRules/${P}-api-internal`,
    fields: { ports: ["443"] },
    verb: "delete",
    reason: /^ports is \[443\], wanted \[6443\]/,
  },
  {
    what: "an etcd disk without its backup schedule",
    path: `${ZONE}/disks/${P}-etcd-0`,
    fields: { resourcePolicies: [] },
    verb: "disks.addResourcePolicies",
    reason: /^resourcePolicies is \[\], wanted/,
  },
  {
    what: "a control-plane machine with a network tag more",
    path: `${ZONE}/instances/${P}-cp-0`,
    fields: { tags: { items: [`${P}-control-plane`, `${P}-node`, "open"], fingerprint: "tf2" } },
    verb: "instances.setTags",
    reason: /^tags is/,
  },
  {
    what: "a control-plane machine without its labels",
    path: `${ZONE}/instances/${P}-cp-0`,
    fields: { labels: { team: "payments" } },
    verb: "instances.setLabels",
    reason: /^labels is/,
  },
  {
    what: "a control-plane machine that may be deleted",
    path: `${ZONE}/instances/${P}-cp-0`,
    fields: { deletionProtection: false },
    verb: "instances.setDeletionProtection",
    reason: /^deletionProtection is false, wanted true$/,
  },
  {
    what: "a control-plane machine that was stopped",
    path: `${ZONE}/instances/${P}-cp-0`,
    fields: { status: "TERMINATED" },
    verb: "instances.start",
    reason: /stopped, wanted running/,
  },
  {
    what: "a pool's group that replaces machines by itself",
    path: `${REGION}/instanceGroupManagers/${P}-n-general`,
    fields: { updatePolicy: { type: "PROACTIVE" } },
    verb: "patch",
    reason: /^updatePolicy is \{type: PROACTIVE\}, wanted/,
  },
  {
    what: "a pool's group of too small a size",
    path: `${REGION}/instanceGroupManagers/${P}-n-general`,
    fields: { targetSize: 1 },
    verb: "instanceGroupManagers.resize",
    reason: /^targetSize is 1, wanted 2$/,
  },
];

describe("Drift", () => {
  for (const { what, path, fields, verb, reason } of PUT_BACK) {
    it(`puts back ${what}, and does nothing else`, async () => {
      const { cloud, cluster } = await running();
      edit(cloud, path, fields);
      const { actions, problems } = await decide(cloud, cluster);
      assert.deepEqual(
        actions.map((action) => `${action.verb} ${action.key}`),
        [`${verb} ${path}`],
      );
      assert.match(actions[0]?.reason ?? "", reason);
      assert.deepEqual(problems, []);
      await converge(cloud, cluster);
    });
  }

  it("sends the fingerprint along where there is one", async () => {
    const { cloud, cluster } = await running();
    const path = `${REGION}/backendServices/${P}-api-internal`;
    edit(cloud, path, { backends: [], fingerprint: "fp7" });
    const [action] = (await decide(cloud, cluster)).actions;
    assert(action !== undefined && "body" in action);
    assert.equal((action.body as Body)["fingerprint"], "fp7");
  });

  it("takes a foreign snapshot schedule off an etcd disk, which has room for one", async () => {
    const { cloud, cluster } = await running();
    const path = `${ZONE}/disks/${P}-etcd-0`;
    edit(cloud, path, { resourcePolicies: [`${REGION}/resourcePolicies/nightly`] });
    const verbs = (await converge(cloud, cluster)).map(({ actions }) => actions.map(({ verb }) => verb));
    assert.deepEqual(verbs, [["disks.removeResourcePolicies"], ["disks.addResourcePolicies"]]);
  });

  it("does not mind how the server spells the port of a forwarding rule", async () => {
    const { cloud, cluster } = await running();
    edit(cloud, `${REGION}/forwardingRules/${P}-api-external`, { ports: undefined, portRange: "6443-6443" });
    assert.deepEqual((await decide(cloud, cluster)).actions, []);
  });

  it("keeps the labels and metadata that others added", async () => {
    const { cloud, cluster } = await running();
    const path = `${ZONE}/instances/${P}-cp-0`;
    edit(cloud, path, { labels: { team: "payments" }, labelFingerprint: "lf7" });
    const [action] = (await decide(cloud, cluster)).actions;
    assert(action !== undefined && "body" in action);
    const body = action.body as { readonly labels: Body; readonly labelFingerprint: string };
    assert.equal(body.labels["team"], "payments");
    assert.equal(body.labels["clusterwright-member"], "0");
    assert.equal(body.labelFingerprint, "lf7");
  });

  it("does not look at what a control-plane machine booted from", async () => {
    const { cloud, cluster } = await running();
    const path = `${ZONE}/instances/${P}-cp-0`;
    const metadata = cloud.resources.get(path)?.["metadata"] as {
      readonly items: readonly { key: string; value: string }[];
    };
    const items = metadata.items.map((item) =>
      item.key === "user-data" ? { ...item, value: "older" } : item,
    );
    edit(cloud, path, { metadata: { items } });
    assert.deepEqual((await decide(cloud, cluster)).actions, []);
  });

  it("never shrinks a group by its size, which would delete machines that nobody drained", async () => {
    const { cloud, cluster } = await running();
    edit(cloud, `${REGION}/instanceGroupManagers/${P}-n-general`, { targetSize: 9 });
    assert.deepEqual((await decide(cloud, cluster)).actions, []);
  });

  it("is not fought over where an autoscaler owns the count", async () => {
    const { cloud, cluster } = await running();
    edit(cloud, `${ZONE}/instanceGroupManagers/${P}-n-batch`, { targetSize: 4 });
    assert.deepEqual((await decide(cloud, cluster)).actions, []);
  });

  it("is not mended in place where a control-plane machine has another machine type: it is made anew", async () => {
    const { cloud, cluster } = await running();
    edit(cloud, `${ZONE}/instances/${P}-cp-0`, { machineType: `${ZONE}/machineTypes/n2-highmem-2` });
    const { actions, problems, cluster: looked } = await decide(cloud, cluster);
    assert.deepEqual(actions, []);
    assert.deepEqual(problems, []);
    const [first] = outdatedMembers(looked);
    assert.ok(first !== undefined);
    assert.equal(first.name, `${P}-cp-0`);
    assert.match(outdatedBecause(looked, first) ?? "", /^machine type n2-highmem-2 → /);
  });
});
