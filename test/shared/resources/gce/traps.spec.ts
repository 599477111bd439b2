/** The traps of Kubernetes on Compute Engine, each with the test that keeps us out of it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseComputePath } from "../../../../shared/ports/compute.ts";
import type {
  Address,
  Firewall,
  ForwardingRule,
  HealthCheck,
  InstanceGroup,
  InstanceTemplate,
} from "../../../../shared/ports/compute-types.ts";
import { openings } from "../../../../shared/resources/gce/firewall-rules.ts";
import { groupMembers } from "../../../../shared/resources/gce/group-members.ts";
import { machineGroups } from "../../../../shared/resources/gce/machine-groups.ts";
import { ownerOf } from "../../../../shared/resources/owner.ts";
import type { Cluster } from "../../../../shared/resources/resource.ts";
import { anyCluster, bootText, clusterOf, HA, QUICKSTART } from "./clusters.ts";
import { converge, type Pass } from "./passes.ts";
import { createSmallCloud } from "./small-cloud.ts";

/** Kinds that have labels in v1; a template has them in its properties. */
const LABELLED = ["addresses", "forwardingRules", "disks", "instances"];

async function insertedBy(cluster: Cluster): Promise<readonly Pass["actions"][number][]> {
  const passes = await converge(createSmallCloud(), cluster);
  return passes.flatMap(({ actions }) => actions.filter(({ verb }) => verb === "insert"));
}
async function bodies<T>(cluster: Cluster, kind: string): Promise<readonly T[]> {
  const inserted = await insertedBy(cluster);
  return inserted.flatMap((action) =>
    action.ref.kind === kind && "body" in action ? [action.body as T] : [],
  );
}
function machine(member: number) {
  const name = `ha-ab12cd-cp-${member}`;
  const zone = "europe-west4-a";
  return {
    member,
    name,
    zone,
    selfLink: `https://www.googleapis.com/compute/v1/projects/acme-dev/zones/${zone}/instances/${name}`,
    running: true,
  };
}

describe("Trap 1: a machine behind a passthrough load balancer always reaches itself", () => {
  const ha = clusterOf(HA);
  const wanted = (cluster: Cluster): readonly string[] => {
    const desired = groupMembers.desire(cluster);
    assert(Array.isArray(desired));
    return desired.map(({ name }: { readonly name: string }) => name);
  };

  it("so the machine that makes the cluster is in its group at once, and one that joins is not", () => {
    const controlPlane = [machine(0), machine(1)];
    assert.deepEqual(wanted({ ...ha, facts: { ...ha.facts, controlPlane } }), ["ha-ab12cd-cp-0"]);
  });

  it("so one that joins is let in when its own API server answers", () => {
    const kubernetes = { version: "v1.36.1", nodes: [], apiServers: ["ha-ab12cd-cp-0", "ha-ab12cd-cp-1"] };
    const facts = { ...ha.facts, controlPlane: [machine(0), machine(1), machine(2)], kubernetes };
    assert.deepEqual(wanted({ ...ha, facts }), ["ha-ab12cd-cp-0", "ha-ab12cd-cp-1"]);
  });

  it("so the first machine, made anew in a cluster that exists, waits like any other that joins", () => {
    const pins = { ...ha.pins, initialised: true };
    assert.deepEqual(wanted({ ...ha, pins, facts: { ...ha.facts, controlPlane: [machine(0)] } }), []);
  });
});

describe("Trap 2: passthrough load balancers do not translate ports", () => {
  it("so the API has port 6443 from end to end", async () => {
    const cluster = clusterOf(QUICKSTART);
    const rules = await bodies<ForwardingRule>(cluster, "forwardingRules");
    assert.deepEqual(
      rules.map(({ ports }) => ports),
      [["6443"], ["6443"]],
    );
    const groups = await bodies<InstanceGroup>(cluster, "instanceGroups");
    assert(groups.length > 0 && groups.every(({ namedPorts }) => namedPorts?.[0]?.port === 6443));
    const [check] = await bodies<HealthCheck>(cluster, "healthChecks");
    assert.deepEqual(check?.httpsHealthCheck, {
      port: 6443,
      portSpecification: "USE_FIXED_PORT",
      requestPath: "/readyz",
    });
  });
});

describe("Trap 3: source tags match the primary address alone", () => {
  it("so pods are let in by their range wherever pods must get", () => {
    fc.assert(
      fc.property(anyCluster, (cluster) => {
        const byRange = openings(cluster).filter(({ fromRanges }) =>
          fromRanges?.includes(cluster.spec.network.pods),
        );
        assert.deepEqual(
          byRange.map(({ role }) => role),
          ["api", "kubelet", "pods"],
        );
      }),
    );
  });
});

describe("Trap 4: a rule without sources is open to everyone, and no rule mixes IPv4 and IPv6", () => {
  it("so every rule names its sources and its targets, for any cluster", async () => {
    await fc.assert(
      fc.asyncProperty(anyCluster, async (cluster) => {
        for (const rule of await bodies<Firewall>(cluster, "firewalls")) {
          assert((rule.sourceRanges?.length ?? 0) + (rule.sourceTags?.length ?? 0) > 0, rule.name);
          assert.equal(rule.targetTags?.length, 1, rule.name);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("so people with IPv4 and with IPv6 get a rule each, and nobody gets none", () => {
    const cluster = clusterOf(QUICKSTART);
    const admins = (allowedFrom: readonly string[]): readonly (readonly string[])[] => {
      const network = { ...cluster.spec.network, api: { access: "public" as const, allowedFrom } };
      const found = openings({ ...cluster, spec: { ...cluster.spec, network } }).filter(({ role }) =>
        role.startsWith("api-admins"),
      );
      return found.map(({ role, fromRanges = [] }) => [role, ...fromRanges]);
    };
    assert.deepEqual(admins([]), []);
    assert.deepEqual(admins(["203.0.113.0/24", "2001:db8::/32"]), [
      ["api-admins", "203.0.113.0/24"],
      ["api-admins-ipv6", "2001:db8::/32"],
    ]);
  });
});

describe("Trap 5: many kinds have no labels", () => {
  it("so everything bears its owner in its description, and labels are sent only where they exist", async () => {
    await fc.assert(
      fc.asyncProperty(anyCluster, async (cluster) => {
        for (const action of await insertedBy(cluster)) {
          assert("body" in action);
          const body = action.body as Address;
          assert.deepEqual(
            ownerOf({ description: body.description ?? "" }),
            { clusterId: cluster.id, uid: cluster.uid },
            action.key,
          );
          assert(body.labels === undefined || LABELLED.includes(action.ref.kind), action.key);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("so no call is spent on labels of addresses and forwarding rules, which take none when they are made", async () => {
    const passes = await converge(createSmallCloud(), clusterOf(QUICKSTART));
    const verbs = passes.flatMap(({ actions }) => actions.map(({ verb }) => verb));
    assert.ok(verbs.length > 20);
    assert.deepEqual(
      verbs.filter((verb) => verb.endsWith(".setLabels")),
      [],
    );
  });
});

describe("Trap 6: an operation on a managed group is done when it is accepted", () => {
  const cluster = { ...clusterOf(QUICKSTART), facts: { ...clusterOf(QUICKSTART).facts } };
  const path = "projects/acme-dev/regions/europe-west4/instanceGroupManagers/quickstart-ab12cd-n-general";

  it("so the group's machines are waited for, with the last error that they had", () => {
    const desired = machineGroups.desire(cluster);
    assert(Array.isArray(desired));
    const [first] = desired as readonly Parameters<typeof machineGroups.plan>[0]["desired"][number][];
    assert(first !== undefined);
    const observed = {
      name: first.name,
      ref: { ...parseComputePath(path), kind: "instanceGroupManagers" as const },
      resource: { ...first.body, selfLink: path, status: { isStable: false } },
      machines: [
        { instance: "a", currentAction: "NONE" as const, instanceStatus: "RUNNING" as const },
        {
          instance: "b",
          currentAction: "CREATING" as const,
          lastAttempt: { errors: { errors: [{ code: "ZONE_RESOURCE_POOL_EXHAUSTED", message: "no room" }] } },
        },
      ],
    };
    const plan = machineGroups.plan({ cluster, desired: [first], observed: [observed], nowMs: 0 });
    assert.deepEqual(plan.actions, []);
    assert.deepEqual(plan.waiting, [
      {
        key: path,
        reason:
          "the machines of quickstart-ab12cd-n-general: 1 of 2 run; last error: ZONE_RESOURCE_POOL_EXHAUSTED: no room",
      },
    ]);
  });
});

describe("Trap 7: Google's Debian, RHEL and CentOS images carry no cloud-init", () => {
  it("so their machines get a startup script and no user-data", async () => {
    const pools = ["debian-13", "rhel-10", "centos-stream-10"].map((os) => ({ name: os, os, size: 1 }));
    const templates = await bodies<InstanceTemplate>(
      clusterOf({ ...QUICKSTART, nodePools: pools }),
      "instanceTemplates",
    );
    for (const { properties } of templates) {
      const keys = properties?.metadata?.items?.map(({ key }) => key) ?? [];
      assert(keys.includes("startup-script") && !keys.includes("user-data"), keys.join());
    }
    assert.equal(templates.length, 3);
  });
});

describe("Trap 8: bootstrap tokens expire, but templates last for months", () => {
  it("so no template holds a token, nor anything that changes from pass to pass", async () => {
    const templates = await bodies<InstanceTemplate>(clusterOf(QUICKSTART), "instanceTemplates");
    for (const { properties } of templates) {
      const text = bootText(properties?.metadata);
      assert.match(text, /"role": "worker"/);
      assert.doesNotMatch(text, /"[a-z0-9]{6}\.[a-z0-9]{16}"|-----BEGIN/);
    }
    assert.deepEqual(await bodies<InstanceTemplate>(clusterOf(QUICKSTART), "instanceTemplates"), templates);
  });
});
