import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { BootOutcome } from "../../../simulator/boot/boot-plan.ts";
import { assertFails, boot, bootInput, breakFile, planOf, rendered } from "../../support/boots.ts";
import {
  ALL_SYSTEMS,
  bootData,
  KUBERNETES_VERSION,
  MACHINES,
  machineInput,
} from "../../support/machine-inputs.ts";

describe("a simulated machine with good boot data", () => {
  for (const { os, role } of MACHINES)
    it(`joins: ${os} as ${role}`, () => {
      const input = machineInput(os, role);
      const plan = planOf(bootInput(input));
      assert.equal(plan.role, role);
      assert.equal(plan.kubernetesVersion, KUBERNETES_VERSION);
      assert.equal(plan.joinUrl, input.joinUrl);
      assert.equal(plan.caHash, input.caHash);
      assert.equal(plan.apiEndpoint, "10.10.0.2:6443");
      assert.equal(plan.pkiSecret, input.pkiSecret);
      assert.equal(plan.etcdDeviceName, input.etcdDeviceName);
      assert.equal(plan.cluster !== undefined, role === "control-plane-init");
      assert.deepEqual(plan.labels, input.nodeLabels);
      assert.match(plan.image.containerRuntimeVersion, /^containerd:\/\/2\./);
    });

  it("knows its labels, its taints and, as the first, the whole cluster", () => {
    const taint = { key: "dedicated", value: "db", effect: "NoSchedule" } as const;
    const worker = planOf(
      bootInput(machineInput("flatcar", "worker", { nodeLabels: { a: "1" }, taints: [taint] })),
    );
    assert.deepEqual([worker.labels, worker.taints], [{ a: "1" }, [taint]]);
    const first = planOf(bootInput(machineInput("debian-13", "control-plane-init", { plugin: "alias-ip" })));
    assert.deepEqual(first.cluster, {
      podSubnet: "10.64.0.0/14",
      serviceSubnet: "10.96.0.0/20",
      certSANs: ["10.10.0.2", "203.0.113.7", "127.0.0.1"],
      controlPlaneEndpoint: "10.10.0.2:6443",
      kubeProxy: true,
      allocateNodeCidrs: false,
      etcdDataDirectory: "/var/lib/etcd/data",
    });
  });

  it("tells the serial console step by step what it does", () => {
    const { console } = planOf(bootInput(machineInput("debian-13", "worker")));
    assert.deepEqual(console, [
      "google_metadata_script_runner[801]: running the script from metadata",
      "clusterwright: step kernel modules, sysctls, swap off",
      "clusterwright: step labels names that the kubelet would take",
      "clusterwright: step packages Kubernetes 1.36.4 and containerd",
      "clusterwright: step containerd configuration version 3, systemd cgroups",
      "clusterwright: step join-request asking as worker",
    ]);
  });

  it("reads user data in base64 and gzip, as cloud-init does", () => {
    const data = bootData(rendered("ubuntu-24.04"));
    for (const packed of [Buffer.from(data), gzipSync(data)])
      planOf(
        boot({ "user-data": packed.toString("base64"), "user-data-encoding": "base64" }, "ubuntu-24.04"),
      );
  });

  it("unpacks files in every encoding that cloud-init and Ignition know", () => {
    const gzip = (text: string): string => gzipSync(Buffer.from(text, "base64")).toString("base64");
    const cloud = bootData(rendered("ubuntu-24.04")).replace(
      /encoding: "b64"\n {4}content: "([^"]*)"/g,
      (_, content: string) => `encoding: "gz+b64"\n    content: "${gzip(content)}"`,
    );
    assert.match(cloud, /gz\+b64/);
    planOf(boot({ "user-data": cloud }, "ubuntu-24.04"));
    const ignition = bootData(rendered("flatcar")).replace(
      /"source": "data:;base64,([^"]*)"/g,
      (_, content: string) => `"compression": "gzip", "source": "data:;base64,${gzip(content)}"`,
    );
    assert.match(ignition, /"compression": "gzip"/);
    planOf(boot({ "user-data": ignition }, "flatcar"));
  });

  it("may run a script as user data on Ubuntu, where cloud-init runs what starts with #!", () => {
    const script = breakFile(
      rendered("debian-13"),
      "/etc/clusterwright/packages/containerd.list",
      (content) => content.replace("debian trixie", "ubuntu noble"),
    );
    planOf(boot({ "user-data": script["startup-script"] ?? "" }, "ubuntu-24.04"));
  });

  it("may run a startup script on Ubuntu, which reads both", () => {
    const metadata = rendered("debian-13");
    const data = breakFile(
      metadata,
      "/etc/clusterwright/packages/containerd.list",
      () =>
        "deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/ubuntu noble stable\n",
    );
    planOf(boot(data, "ubuntu-24.04"));
  });
});

describe("a simulated machine whose order was impossible", () => {
  it("does not find a Kubernetes version that was never released", () => {
    for (const os of ["debian-13", "rhel-9", "flatcar"] as const)
      assertFails(
        bootInput(machineInput(os, "worker", { kubernetesVersion: "1.36.99" })),
        "unknown-version",
        /Kubernetes 1\.36\.99 was not found/,
      );
  });

  it("does not start a kubelet with labels that no kubelet may set on itself", () => {
    const labelled = (nodeLabels: Record<string, string>) =>
      bootInput(machineInput("debian-13", "worker", { nodeLabels }));
    planOf(
      labelled({ "node.kubernetes.io/pool": "a", "topology.kubernetes.io/zone": "z", "example.com/x": "" }),
    );
    assertFails(
      labelled({ "node-role.kubernetes.io/worker": "" }),
      "labels",
      /unknown 'kubernetes\.io' or 'k8s\.io' labels/,
    );
    assertFails(labelled({ a: "x --anonymous-auth=true" }), "labels", /is no Kubernetes label/);
    assertFails(labelled({ "a/b/c": "x" }), "labels", /is no Kubernetes label/);
  });

  it("does not start with taints that are none", () => {
    const taints = [{ key: "a b", effect: "NoSchedule" }] as const;
    assertFails(bootInput(machineInput("cos", "worker", { taints })), "taints", /is no Kubernetes taint/);
  });

  it("cannot run programs from where Container-Optimized OS forbids it, nor unchecked ones", () => {
    const ofFlatcar = JSON.stringify(rendered("flatcar"));
    assert.ok(ofFlatcar.length > 0);
    const changed = (change: (node: Record<string, unknown>) => void): BootOutcome => {
      const metadata = rendered("flatcar");
      const config = JSON.parse(bootData(metadata)) as {
        storage: { files: { path: string; contents: { source: string } }[] };
      };
      const file = config.storage.files.find(({ path }) => path === "/etc/clusterwright/node.json");
      assert.ok(file !== undefined);
      const node = JSON.parse(
        Buffer.from(file.contents.source.replace(/^.*,/, ""), "base64").toString(),
      ) as Record<string, unknown>;
      change(node);
      file.contents.source = `data:,${encodeURIComponent(JSON.stringify(node))}`;
      return boot({ "user-data": JSON.stringify(config) }, "flatcar");
    };
    type Download = { url: string; sha256Url: string; target: string };
    const downloads = (node: Record<string, unknown>): Download[] =>
      (node["packages"] as { downloads: Download[] }).downloads;
    planOf(changed(() => {}));
    assertFails(
      changed((node) => {
        for (const download of downloads(node))
          download.target = download.target.replace("/opt/bin", "/usr/bin");
      }),
      "not-executable",
      /Permission denied/,
    );
    assertFails(
      changed((node) => {
        for (const download of downloads(node)) download.sha256Url = "https://example.com/hash";
      }),
      "package-source",
      /not checked against its published SHA-256/,
    );
    assertFails(
      changed((node) => {
        for (const download of downloads(node)) {
          download.url = download.url.replace("v1.36.4", "v1.35.8");
          download.sha256Url = download.sha256Url.replace("v1.36.4", "v1.35.8");
        }
      }),
      "wrong-minor",
      /would be 1\.35\.8, the cluster wants 1\.36\.4/,
    );
    assertFails(
      changed((node) => {
        downloads(node).splice(0);
      }),
      "package-source",
      /kubeadm is not among the downloads/,
    );
  });
});

describe("metadata that nobody of us wrote", () => {
  it("never makes the interpreter throw", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((tail) => `#cloud-config\n${tail}`),
      fc.string().map((tail) => `#!/bin/bash\n${tail}`),
      fc.json(),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL_SYSTEMS),
        fc.record(
          { "user-data": text, "startup-script": text, "user-data-encoding": fc.constantFrom("base64", "x") },
          { requiredKeys: [] },
        ),
        (os, metadata) => {
          const outcome = boot(metadata, os);
          assert.equal(outcome.ok, false);
          assert.ok(!outcome.ok && outcome.console.length > 0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
