import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { stringify } from "yaml";
import { addons } from "../../../../shared/resources/kubernetes/addons.ts";
import {
  type DesiredObject,
  desiredAddons,
  renderAddons,
} from "../../../../shared/resources/kubernetes/desired-addons.ts";
import { cloudConfigText } from "../../../../shared/resources/kubernetes/manifests/cloud-controller-manager.ts";
import { addonSettings } from "../../../../shared/resources/kubernetes/manifests/settings.ts";
import { nodeProblemDetectorImage } from "../../../../shared/resources/kubernetes/manifests/versions.ts";
import { type Changes, clusterWith } from "./fixtures.ts";
import { manifestSchema } from "./manifest-schema.ts";
import { healthyApi } from "./server-defaults.ts";

const GOLDEN = fileURLToPath(new URL("../../../golden/addons/", import.meta.url));
const PLUGINS = ["cilium", "calico", "alias-ip"] as const;

function desired(changes: Changes = {}): readonly DesiredObject[] {
  const answer = desiredAddons(clusterWith(changes));
  assert.ok(!("reason" in answer));
  return answer;
}
function argsOf(objects: readonly DesiredObject[], title: RegExp): readonly string[] {
  const found = objects.find(({ name }) => title.test(name))?.object as
    | {
        readonly spec?: {
          readonly template: {
            readonly spec: { readonly containers: readonly { readonly args?: readonly string[] }[] };
          };
        };
      }
    | undefined;
  return found?.spec?.template.spec.containers[0]?.args ?? [];
}

describe("the objects of a cluster's add-ons", () => {
  for (const plugin of PLUGINS) {
    it(`are those of the golden file with ${plugin}`, () => {
      const text = desired({ plugin })
        .map(({ object }) => `---\n${stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })}`)
        .join("");
      const path = `${GOLDEN}${plugin}.yaml`;
      if (process.env["UPDATE_GOLDEN"] === "1") {
        mkdirSync(GOLDEN, { recursive: true });
        writeFileSync(path, text);
      }
      assert.ok(existsSync(path), "UPDATE_GOLDEN=1 writes it");
      assert.equal(text, readFileSync(path, "utf8"));
    });

    it(`have no field that Kubernetes does not know with ${plugin}`, () => {
      for (const { name, object } of desired({ plugin })) {
        const result = manifestSchema.safeParse(object);
        assert.ok(result.success, `${name}: ${JSON.stringify(result.error?.issues)}`);
      }
    });
  }

  it("bind no role that is neither made here nor Kubernetes' own", () => {
    const objects = desired();
    const OWN = new Set([
      "cluster-admin",
      "system:auth-delegator",
      "system:node-problem-detector",
      "extension-apiserver-authentication-reader",
    ]);
    const roles = new Set(
      objects.filter(({ object }) => /Role$/.test(object.kind)).map(({ object }) => object.metadata.name),
    );
    const accounts = new Set(
      objects
        .filter(({ object }) => object.kind === "ServiceAccount")
        .map(({ object }) => object.metadata.name),
    );
    const bindings = objects.map(
      ({ object }) => object as { roleRef?: { name: string }; subjects?: { kind: string; name: string }[] },
    );
    for (const { roleRef, subjects = [] } of bindings) {
      if (roleRef === undefined) continue;
      assert.ok(roles.has(roleRef.name) || OWN.has(roleRef.name), roleRef.name);
      for (const subject of subjects)
        assert.ok(subject.kind === "Group" || accounts.has(subject.name), subject.name);
    }
  });

  it("give Cilium the cluster's pod range and the address that answers before its own network stands", () => {
    const args = argsOf(desired(), /Job kube-system\/cilium-install/);
    assert.deepEqual(args.slice(0, 2), ["install", "--version"]);
    assert.ok(args.includes("ipam.operator.clusterPoolIPv4PodCIDRList={10.64.0.0/14}"));
    assert.ok(args.includes("k8sServiceHost=10.10.0.5"));
  });

  it("let the cloud controller manager hand out pod ranges with alias IP ranges alone", () => {
    const allocator = "--cidr-allocator-type=CloudAllocator";
    assert.ok(
      argsOf(desired({ plugin: "alias-ip" }), /DaemonSet.*cloud-controller-manager$/).includes(allocator),
    );
    for (const plugin of ["cilium", "calico"] as const) {
      const args = argsOf(desired({ plugin }), /DaemonSet.*cloud-controller-manager$/);
      assert.ok(args.includes("--allocate-node-cidrs=false"));
      assert.ok(!args.includes(allocator));
    }
  });

  it("name the host project of a shared network to the cloud controller manager", () => {
    const existing = {
      network: "projects/host-project/global/networks/shared",
      subnetwork: "projects/host-project/regions/europe-west4/subnetworks/nodes",
    };
    const text = cloudConfigText(addonSettings(clusterWith({ network: { existing } }), "10.10.0.5"));
    assert.match(text, /^project-id = acme-prod$/m);
    assert.match(text, /^network-project-id = host-project$/m);
    assert.match(text, /^network-name = shared$/m);
    assert.match(text, /^subnetwork-name = nodes$/m);
    assert.match(text, /^node-tags = shop-ab12cd-node$/m);
  });

  it("hold hostile text as data: no line, value or argument of its own comes of it", () => {
    const hostile = 'x\nproject-id = other\n[global]\n"; $(touch /tmp/x), {a}';
    const settings = {
      ...addonSettings(clusterWith(), "10.10.0.5"),
      project: hostile,
      podRange: "10.0.0.0/8,a.b=c",
    };
    const lines = cloudConfigText(settings).split("\n");
    assert.deepEqual(
      lines.filter((line) => line.startsWith("project-id")),
      [`project-id = ${JSON.stringify(hostile)}`],
    );
    assert.equal(lines.filter((line) => line.startsWith("[")).length, 1);
    const objects = renderAddons(settings);
    const args = argsOf(objects, /Job kube-system\/cilium-install/);
    assert.ok(args.includes("ipam.operator.clusterPoolIPv4PodCIDRList={10.0.0.0/8\\,a.b=c}"));
    const values = argsOf(renderAddons({ ...settings, plugin: "calico" }), /Job kube-system\/calico-install/);
    const installation = values.find((arg) => arg.startsWith("installation=")) ?? "";
    const parsed = JSON.parse(installation.slice("installation=".length)) as {
      calicoNetwork: { ipPools: { cidr: string }[] };
    };
    assert.equal(parsed.calicoNetwork.ipPools[0]?.cidr, "10.0.0.0/8,a.b=c");
  });

  it("are fewer by each add-on that is off", () => {
    for (const addon of ["metrics", "storage", "nodeProblemDetector"] as const) {
      assert.ok(desired({ addons: { [addon]: false } }).length < desired().length, addon);
    }
  });

  it("take the node problem detector nearest to the cluster's minor", () => {
    assert.deepEqual(
      ["1.34.11", "1.35.8", "1.36.4", "1.37.1"].map((version) =>
        nodeProblemDetectorImage(version).split(":").at(-1),
      ),
      ["v1.35.3", "v1.35.3", "v1.36.0", "v1.36.0"],
    );
  });

  it("leave nothing to do once applied, whatever the spec, on a server that fills in defaults", async () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const manifest = fc
      .record({
        name: fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/),
        replicas: fc.integer({ min: 0, max: 3 }),
        cpu: fc.constantFrom("0.5", "500m", "1", "1500m"),
        text: fc.string(),
      })
      .map(({ name, replicas, cpu, text }) =>
        [
          { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { text } },
          {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace: "default" },
            spec: {
              replicas,
              selector: { matchLabels: { app: name } },
              template: {
                metadata: { labels: { app: name } },
                spec: { containers: [{ name: "c", image: "i:1", resources: { requests: { cpu } } }] },
              },
            },
          },
        ]
          .map((object) => JSON.stringify(object))
          .join("\n---\n"),
      );
    const changes = fc.record({
      plugin: fc.constantFrom(...PLUGINS),
      network: fc.record({ pods: octet.map((byte) => `10.${byte}.0.0/16`) }),
      addons: fc.record({
        dns: fc.boolean(),
        metrics: fc.boolean(),
        storage: fc.boolean(),
        nodeProblemDetector: fc.boolean(),
        manifests: fc.uniqueArray(manifest, { maxLength: 2 }),
      }),
    });
    await fc.assert(
      fc.asyncProperty(changes, async (change) => {
        const api = healthyApi();
        const cluster = clusterWith(change);
        const look = async () => {
          const observed = await addons.observe(api.cloud, cluster);
          return addons.plan({ cluster, desired: desired(change), observed, nowMs: 0 });
        };
        for (let pass = 0; pass < 8; pass += 1) {
          for (const action of (await look()).actions) await addons.perform(api.cloud, cluster, action, "");
        }
        assert.deepEqual(await look(), { actions: [], waiting: [], problems: [] });
      }),
      { numRuns: 25 },
    );
  });
});
