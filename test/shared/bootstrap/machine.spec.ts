import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { createClusterKeys } from "../../../shared/bootstrap/keys.ts";
import {
  type MachineInput,
  METADATA_VALUE_BYTES_MAX,
  machineFiles,
  renderMachine,
} from "../../../shared/bootstrap/machine.ts";
import { OPERATING_SYSTEMS, osSupports } from "../../../shared/bootstrap/operating-systems.ts";
import { bootScript } from "../../../shared/bootstrap/scripts.ts";
import { readPayload } from "../../../simulator/boot/read-payload.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { ALL_SYSTEMS, bootData, bootKey, MACHINES, machineInput } from "../../support/machine-inputs.ts";

/** What a hostile person would write into a spec. */
const HOSTILE = [
  "$(touch /tmp/pwned)",
  "`reboot`",
  "'; rm -rf / #",
  '"}],"x":{"',
  "END_OF_FILE\nreboot\n",
  "&anchor *alias !!js/function",
  "__proto__",
  "../../etc/shadow",
  "{{ ds.meta_data }}",
  "%H %n $HOME \\u0000",
  "ünïcödé \u2028 \u{1f4a5}",
];

/** One system for each way of delivering boot data. */
const DELIVERED = ["debian-13", "rhel-10", "ubuntu-24.04", "flatcar", "fedora-coreos", "cos"] as const;

describe("the boot data of a machine", () => {
  it("is the same, byte for byte, for the same input in another order", () => {
    const labels = { b: "2", a: "1", "example.com/c": "3" };
    const reversed = Object.fromEntries(Object.entries(labels).reverse());
    for (const { os, role } of MACHINES) {
      const input = machineInput(os, role, { nodeLabels: labels });
      const shuffled = Object.fromEntries(
        Object.entries({ ...input, nodeLabels: reversed }).reverse(),
      ) as unknown as MachineInput;
      assert.deepEqual(renderMachine(shuffled), renderMachine(input));
    }
  });

  it("is the same for a field that is absent and one that is undefined", () => {
    const input = machineInput("debian-13", "worker");
    const spelled = { ...input, member: undefined, pkiSecret: undefined, etcdDeviceName: undefined };
    assert.deepEqual(renderMachine(spelled), renderMachine(input));
  });

  it("differs when anything that the machine must know differs", () => {
    const base = JSON.stringify(renderMachine(machineInput("debian-13", "worker")));
    const changes: readonly Partial<MachineInput>[] = [
      { kubernetesVersion: "1.36.5" },
      { nodeLabels: { tier: "db" } },
      { taints: [{ key: "dedicated", value: "db", effect: "NoSchedule" }] },
      { caHash: `sha256:${"f".repeat(64)}` },
      { joinUrl: "https://elsewhere.example" },
      { pool: "other" },
    ];
    for (const change of changes)
      assert.notEqual(JSON.stringify(renderMachine(machineInput("debian-13", "worker", change))), base);
  });

  it("fits into a metadata value with 60 long labels, and says so when it does not", () => {
    const labels = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`${"k".repeat(60)}${at}`, "v".repeat(63)]),
      );
    for (const { os, role } of MACHINES) {
      const data = bootData(renderMachine(machineInput(os, role, { nodeLabels: labels(60) })));
      assert.ok(Buffer.byteLength(data) < METADATA_VALUE_BYTES_MAX);
    }
    assert.throws(
      () => renderMachine(machineInput("flatcar", "worker", { nodeLabels: labels(2000) })),
      /a metadata value holds 262144; give the pool fewer labels/,
    );
  });

  it("holds no secret (S12): no key, no token, and a worker does not learn where the keys are", async () => {
    const keys = await createClusterKeys({
      chance: createSeededChance(7),
      nowMs: 0,
      clusterId: "checkout-prod",
    });
    for (const { os, role } of MACHINES) {
      const files = machineFiles(machineInput(os, role, { caHash: keys.caHash }));
      const all = [...files.map(({ content }) => content), bootScript(os)].join("\n");
      assert.doesNotMatch(all, /-----BEGIN|PRIVATE KEY|[a-z0-9]{6}\.[a-z0-9]{16}\b(?!\.)/);
      if (role === "worker") assert.doesNotMatch(all.replace(bootScript(os), ""), /pkiSecret|-pki\b/);
    }
  });

  it("comes under the key that the image reads, with OS Login wherever there is a guest agent", () => {
    for (const os of ALL_SYSTEMS) {
      const metadata = renderMachine(machineInput(os, "worker"));
      const { delivery, osLogin } = OPERATING_SYSTEMS[os];
      assert.equal(bootKey(metadata), delivery === "startup-script" ? "startup-script" : "user-data");
      assert.equal(metadata["enable-oslogin"], osLogin ? "TRUE" : undefined);
      assert.equal(metadata["serial-port-logging-enable"], "TRUE");
      assert.equal(metadata["block-project-ssh-keys"], "TRUE");
    }
  });

  it("is refused for a control plane on Container-Optimized OS, with a way out", () => {
    assert.equal(osSupports("cos", "worker").supported, true);
    assert.throws(
      () => renderMachine(machineInput("cos", "control-plane-init")),
      /forgets \/etc .* Choose debian-13, ubuntu-24\.04 or flatcar/,
    );
  });

  it("is refused for a control-plane machine without the secret of its keys", () => {
    const { pkiSecret: _, ...without } = machineInput("debian-13", "control-plane-join");
    assert.throws(() => renderMachine(without), /needs pkiSecret/);
  });
});

describe("hostile strings in a spec (fault 14)", () => {
  const hostileInput = (os: MachineInput["os"], text: string): MachineInput =>
    machineInput(os, "worker", {
      clusterId: text,
      pool: text,
      joinUrl: text,
      nodeLabels: { [text]: text },
      taints: [{ key: text, value: text, effect: "NoSchedule" }],
    });
  const dataOf = (os: MachineInput["os"], text: string) => {
    const { files, script } = readPayload(renderMachine(hostileInput(os, text)), os);
    const node = JSON.parse(files.get("/etc/clusterwright/node.json") ?? "null") as MachineInput;
    const join = JSON.parse(files.get("/etc/clusterwright/kubeadm/join.json") ?? "null") as {
      nodeRegistration: { taints: unknown; kubeletExtraArgs: readonly { name: string; value: string }[] };
    };
    return { node, join, script };
  };

  for (const os of DELIVERED)
    it(`stay data byte for byte on ${os}, and the script stays the reviewed one`, () => {
      const clean = readPayload(renderMachine(machineInput(os, "worker")), os).script;
      const check = (text: string): void => {
        const { node, join, script } = dataOf(os, text);
        assert.equal(script, clean);
        assert.equal(node.clusterId, text);
        assert.equal(node.pool, text);
        assert.equal(node.joinUrl, text);
        assert.deepEqual(Object.entries(node.nodeLabels), Object.entries({ [text]: text }));
        assert.deepEqual(node.taints, [{ key: text, value: text, effect: "NoSchedule" }]);
        assert.deepEqual(join.nodeRegistration.taints, node.taints);
        const labels = join.nodeRegistration.kubeletExtraArgs.find(({ name }) => name === "node-labels");
        assert.equal(labels?.value, `${text}=${text}`);
      };
      for (const text of HOSTILE) check(text);
      fc.assert(fc.property(fc.string({ unit: "binary", minLength: 1 }), check), { numRuns: 40 });
    });

  it("leave the rendered YAML and JSON with the same shape", () => {
    const shape = (input: MachineInput): unknown => {
      const document: unknown = parse(bootData(renderMachine(input)));
      return JSON.parse(JSON.stringify(document), (key, value: unknown) =>
        ["content", "source"].includes(key) ? "" : value,
      ) as unknown;
    };
    for (const os of ["ubuntu-24.04", "cos", "flatcar", "fedora-coreos"] as const)
      for (const text of HOSTILE)
        assert.deepEqual(shape(hostileInput(os, text)), shape(machineInput(os, "worker")));
  });
});
