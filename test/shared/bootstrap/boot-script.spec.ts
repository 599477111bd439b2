/** What the boot script does on a machine, boot after boot, with the system's programs stood in for. */
import assert from "node:assert/strict";
import { createClusterKeys, PKI_FILES, readPki } from "../../../shared/bootstrap/keys.ts";
import type { MachineInput } from "../../../shared/bootstrap/machine.ts";
import type { MachineRole } from "../../../shared/bootstrap/operating-systems.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { type Boot, createSandbox, type Sandbox, SERVING_MEMBER } from "../../support/boot-sandbox.ts";
import { findCommand } from "../../support/command.ts";
import { leaveOut } from "../../support/leave-out.ts";
import { machineInput } from "../../support/machine-inputs.ts";

const DISK = "dev/disk/by-id/google-etcd";
const OLD_MEMBER = "var/lib/etcd/data/member/snap/db";
const OWNER = "var/lib/etcd/owner";
/** blkid's answer for a disk that has a file system. */
const FORMATTED = { BLKID: "0" };
const kubeadm = ({ calls }: Boot): readonly string[] =>
  calls.filter((call) => call.startsWith("kubeadm ")).map((call) => call.split(" ").slice(0, 2).join(" "));
interface JoinDocument {
  readonly nodeRegistration: { readonly ignorePreflightErrors: readonly string[] };
  readonly skipPhases?: readonly string[];
}
const called = ({ calls }: Boot, start: string): boolean => calls.some((call) => call.startsWith(start));

describe("the boot script, run", function () {
  this.timeout(30_000);
  let sandbox: Sandbox | undefined;
  let keys: Awaited<ReturnType<typeof createClusterKeys>>;

  before(async function () {
    for (const command of ["bash", "jq", "openssl"])
      if (findCommand(command) === undefined) leaveOut(this, `${command} is not installed`);
    keys = await createClusterKeys({
      chance: createSeededChance(5),
      nowMs: Date.UTC(2026, 0, 1),
      clusterId: "checkout-prod",
    });
  });
  afterEach(() => sandbox?.remove());

  function machine(
    role: MachineRole,
    changes: Partial<MachineInput> = {},
    os: MachineInput["os"] = "debian-13",
  ): Sandbox {
    const input = machineInput(os, role, { caHash: keys.caHash, ...changes });
    sandbox = createSandbox(input, new TextDecoder().decode(keys.secret));
    if (role !== "worker") sandbox.write(DISK, "");
    return sandbox;
  }

  it("makes a worker a node, and leaves it alone at every later boot", () => {
    const worker = machine("worker");
    const first = worker.boot();
    assert.equal(first.status, 0, first.console);
    assert.deepEqual(kubeadm(first), ["kubeadm join"]);
    assert.match(first.console, /clusterwright: step finished this machine is a node now\n$/);
    assert.match(worker.read("kubeadm-join"), /"token": "abcdef\.0123456789abcdef"/);
    const second = worker.boot();
    assert.match(second.console, /this node has joined before\n$/);
    assert.deepEqual(kubeadm(second), []);
    assert.equal(called(second, "apt-get") || called(second, "systemctl restart"), false);
    assert.ok(called(second, "swapoff"), "what a restart forgets is done again");
  });

  it("takes a worker that was restarted with newer boot data to its version in place, and keeps its place in the cluster", () => {
    const worker = machine("worker");
    worker.boot({ KUBELET: "1.35.8", INSTALLED: "1.35.8" });
    const second = worker.boot({ KUBELET: "1.35.8", INSTALLED: "1.35.8" });
    assert.equal(second.status, 0, second.console);
    assert.match(second.console, /step upgrade to Kubernetes 1\.36\.4 in place/);
    assert.deepEqual(kubeadm(second), ["kubeadm upgrade"]);
    const order = ["apt-get -o", "kubeadm upgrade", "systemctl restart kubelet"].map((call) =>
      second.calls.findIndex((one) => one.startsWith(call)),
    );
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
    );
    assert.ok(!order.includes(-1), second.calls.join("\n"));
  });

  it("takes the instance's name from metadata where the host has none yet", () => {
    const worker = machine("worker");
    worker.boot({ HOST: "localhost.localdomain" });
    assert.match(worker.read("kubeadm-join"), /"name": "machine-from-metadata"/);
  });

  it("leaves no token and no key behind in memory", () => {
    const control = machine("control-plane-join");
    control.boot();
    for (const name of [
      ...["identity", "join-header", "join-answer", "join.json", "secret-header", "pki.json"],
      ...["etcd.key", "etcd.crt", "etcd-members"],
    ])
      assert.equal(control.exists(`run/clusterwright/${name}`), false, name);
  });

  it("gives the first control-plane machine the cluster's keys, and kubeadm all its documents", () => {
    const first = machine("control-plane-init");
    const boot = first.boot();
    assert.equal(boot.status, 0, boot.console);
    assert.deepEqual(kubeadm(boot), ["kubeadm init"]);
    const { files } = readPki(keys.secret);
    for (const file of PKI_FILES) {
      // jq ends each file with a newline of its own.
      assert.equal(first.read(`etc/kubernetes/pki/${file}`).trim(), files[file].trim());
      assert.equal(first.mode(`etc/kubernetes/pki/${file}`), "600");
    }
    const documents = first.read("kubeadm-init").split("---\n");
    assert.deepEqual(
      documents.map((document) => (JSON.parse(document) as { kind: string }).kind),
      ["InitConfiguration", "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"],
    );
    assert.match(documents[0] ?? "", /"name": "machine-1"/);
  });

  it("formats a blank etcd disk once, mounts it before the kubelet, and never formats one that is not blank", () => {
    const control = machine("control-plane-init");
    const first = control.boot();
    assert.ok(called(first, "mkfs.ext4 -q -L etcd /dev/disk/by-id/google-etcd"));
    assert.match(control.read("etc/systemd/system/var-lib-etcd.mount"), /^What=.*google-etcd$/m);
    assert.match(
      control.read("etc/systemd/system/kubelet.service.d/20-etcd-disk.conf"),
      /Requires=var-lib-etcd\.mount/,
    );
    assert.equal(called(control.boot(FORMATTED), "mkfs"), false);
  });

  it("does not format the disk of a node that has joined, and leaves alone one that it cannot read", () => {
    const control = machine("control-plane-join");
    control.boot(FORMATTED);
    const blank = control.boot({ BLKID: "2" });
    assert.match(blank.console, /failed etcd-disk: .* is blank although this node has joined/);
    const unclear = control.boot({ BLKID: "8" });
    assert.match(unclear.console, /failed etcd-disk: cannot tell what is on .*blkid answers 8/);
    assert.equal(called(blank, "mkfs") || called(unclear, "mkfs"), false);
  });

  it("says which disk is missing", () => {
    sandbox = createSandbox(machineInput("debian-13", "control-plane-init"));
    const boot = sandbox.boot();
    assert.match(
      boot.console,
      /failed etcd-disk: no disk .*google-etcd; attach the disk with this device name/,
    );
    assert.equal(kubeadm(boot).length, 0);
  });

  it("goes on with the kept etcd disk of the first machine, recreated, even if others answer", () => {
    const first = machine("control-plane-init");
    first.write(OLD_MEMBER, "etcd");
    first.write(OWNER, "member 0 of cluster checkout-prod (uid a1b2c3)\n");
    const boot = first.boot({ ...FORMATTED, READYZ: "0" });
    assert.deepEqual(kubeadm(boot), ["kubeadm init"]);
    assert.match(
      first.read("kubeadm-init"),
      /"ignorePreflightErrors": \[\s*"DirAvailable--var-lib-etcd-data"/,
    );
    assert.equal(called(boot, "mkfs"), false);
    assert.equal(first.read(OLD_MEMBER), "etcd");
  });

  it("joins instead of making a second cluster when the first machine was recreated without its disk", () => {
    const boot = machine("control-plane-init").boot({ READYZ: "0" });
    assert.deepEqual(kubeadm(boot), ["kubeadm join"]);
    assert.match(boot.console, /the cluster already answers, joining it instead/);
  });

  it("routes the load balancer's address to itself before kubeadm init, but only after kubeadm join (trap 1)", () => {
    const at = (boot: Boot, start: string): number => boot.calls.findIndex((call) => call.startsWith(start));
    const first = machine("control-plane-init").boot();
    assert.ok(at(first, "ip route replace local 10.10.0.2/32") < at(first, "kubeadm init"));
    sandbox?.remove();
    const next = machine("control-plane-join").boot();
    assert.ok(at(next, "ip route replace local 10.10.0.2/32") > at(next, "kubeadm join"));
  });

  /** The members that etcd lists beside the one that serves; this machine is machine-1 at 10.10.0.7. */
  function etcdLists(sandbox: Sandbox, ...members: readonly object[]): void {
    sandbox.write("members", JSON.stringify({ members: [SERVING_MEMBER, ...members] }));
  }
  const ITSELF = { ID: "14841639068965178418", name: "machine-1", peerURLs: ["https://10.10.0.7:2380"] };
  const joinDocument = (sandbox: Sandbox): JoinDocument =>
    JSON.parse(sandbox.read("kubeadm-join")) as JoinDocument;

  it("joins as a new member when etcd does not list it, with kubeadm's own checks in force", () => {
    const next = machine("control-plane-join");
    const boot = next.boot();
    assert.deepEqual(kubeadm(boot), ["kubeadm join"]);
    const { nodeRegistration, skipPhases } = joinDocument(next);
    assert.deepEqual([nodeRegistration.ignorePreflightErrors, skipPhases], [[], undefined]);
    assert.equal(next.read(OWNER), "member 0 of cluster checkout-prod (uid a1b2c3)\n");
    const question = boot.calls.find((call) => call.includes("/v3/cluster/member/list")) ?? "";
    assert.match(question, /--cacert \/etc\/kubernetes\/pki\/etcd\/ca\.crt --cert .*"linearizable":true/);
  });

  it("goes on as the member that its disk holds: kubeadm is told that the data is meant", () => {
    const back = machine("control-plane-join");
    back.write(OLD_MEMBER, "etcd");
    back.write(OWNER, "member 0 of cluster checkout-prod (uid a1b2c3)\n");
    etcdLists(back, ITSELF);
    const boot = back.boot(FORMATTED);
    assert.equal(boot.status, 0, boot.console);
    assert.deepEqual(kubeadm(boot), ["kubeadm join"]);
    assert.match(boot.console, /step etcd-member its disk holds this member's data, going on with it/);
    const { nodeRegistration, skipPhases } = joinDocument(back);
    assert.deepEqual(nodeRegistration.ignorePreflightErrors, ["DirAvailable--var-lib-etcd-data"]);
    assert.deepEqual(skipPhases, ["check-etcd"]);
    assert.equal(back.read(OLD_MEMBER), "etcd");
  });

  it("sets a member's data aside, not away, when etcd no longer lists the member, and joins as a new one", () => {
    const next = machine("control-plane-join");
    next.write(OLD_MEMBER, "etcd");
    next.write(OWNER, "member 0 of cluster checkout-prod (uid a1b2c3)\n");
    const boot = next.boot(FORMATTED);
    assert.deepEqual(kubeadm(boot), ["kubeadm join"]);
    assert.match(boot.console, /etcd no longer lists this member, its data is set aside/);
    assert.equal(next.exists("var/lib/etcd/data"), false);
    assert.deepEqual(joinDocument(next).nodeRegistration.ignorePreflightErrors, []);
  });

  it("finishes what an earlier attempt began: a member that was added and never started has no name", () => {
    const next = machine("control-plane-join");
    etcdLists(next, { ...ITSELF, name: undefined, isLearner: true });
    assert.deepEqual(kubeadm(next.boot()), ["kubeadm join"]);
  });

  const stuck = [
    {
      when: "the etcd disk is empty",
      lists: ITSELF,
      says: /the etcd disk is empty, and etcd still lists the member that it held; remove that member by hand \(etcdctl member remove cdf818194e3a8c32\), and this machine joins by itself/,
    },
    {
      when: "etcd lists its member at another address",
      lists: { ...ITSELF, peerURLs: ["https://10.10.0.99:2380"] },
      says: /etcd lists this member at https:\/\/10\.10\.0\.99:2380, and this machine is at https:\/\/10\.10\.0\.7:2380; remove/,
    },
    {
      when: "etcd lists another member at its address",
      lists: { ...ITSELF, name: "machine-9" },
      says: /etcd lists machine-9 at https:\/\/10\.10\.0\.7:2380; remove/,
    },
  ] as const;
  for (const { when, lists, says } of stuck)
    it(`does not join, and says what to do, when ${when}`, () => {
      const next = machine("control-plane-join");
      etcdLists(next, lists);
      const boot = next.boot(FORMATTED);
      assert.match(boot.console, says);
      assert.deepEqual(kubeadm(boot), []);
    });

  for (const [role, owner] of [
    ["control-plane-join", "member 1 of cluster checkout-prod (uid a1b2c3)\n"],
    ["control-plane-init", "member 0 of cluster checkout-prod (uid zzzzzz)\n"],
    ["control-plane-join", undefined],
  ] as const)
    it(`leaves alone a disk with the data of ${owner?.trim() ?? "nobody knows whom"}, as ${role}`, () => {
      const next = machine(role);
      next.write(OLD_MEMBER, "etcd");
      if (owner !== undefined) next.write(OWNER, owner);
      etcdLists(next, ITSELF);
      const boot = next.boot({ ...FORMATTED, READYZ: "0" });
      const whose = owner?.trim() ?? "a member that it does not name";
      assert.ok(boot.console.includes(`failed etcd-owner: the disk holds etcd data of ${whose}, and`));
      assert.match(boot.console, /this machine is member 0 of cluster checkout-prod \(uid a1b2c3\); attach/);
      assert.deepEqual(kubeadm(boot), []);
      assert.equal(next.read(OLD_MEMBER), "etcd");
    });

  it("keeps the data that its own failed attempt wrote", () => {
    const next = machine("control-plane-join");
    const boot = next.boot({ KUBEADM_FAILS: "1" });
    assert.deepEqual(kubeadm(boot), ["kubeadm join", "kubeadm join"]);
    assert.doesNotMatch(boot.console, /set aside/);
  });

  it("clears what a failed kubeadm left, and tries again", () => {
    const worker = machine("worker");
    const boot = worker.boot({ KUBEADM_FAILS: "2" });
    assert.equal(boot.status, 0, boot.console);
    assert.deepEqual(kubeadm(boot), ["kubeadm join", "kubeadm join", "kubeadm join"]);
    assert.deepEqual(
      boot.calls.filter((call) => call.startsWith("sleep")),
      ["sleep 15", "sleep 30"],
    );
  });

  it("refuses keys that are another cluster's", () => {
    const boot = machine("control-plane-init", { caHash: `sha256:${"0".repeat(64)}` }).boot();
    assert.match(boot.console, /failed pki: the secret holds another CA \(sha256:[0-9a-f]{64}\)/);
    assert.equal(kubeadm(boot).length, 0);
  });

  it("refuses containerd 1, and labels that would become arguments of the kubelet", () => {
    const old = machine("worker").boot({ CONTAINERD: "1.7.28" });
    assert.match(old.console, /failed containerd: containerd 2 is needed, this is: .*1\.7\.28/);
    sandbox?.remove();
    const label = machine("worker", { nodeLabels: { tier: "web --anonymous-auth=true" } }).boot();
    assert.match(label.console, /failed labels/);
    assert.equal(kubeadm(old).length + kubeadm(label).length, 0);
  });

  it("installs nothing on an image that already has this very version", () => {
    const worker = machine("worker");
    worker.write("installed", "");
    const boot = worker.boot();
    assert.match(boot.console, /step packages Kubernetes 1\.36\.4 is on the image/);
    assert.equal(called(boot, "apt-get"), false);
  });

  for (const os of ["flatcar", "fedora-coreos", "cos"] as const)
    it(`downloads Kubernetes on ${os} once, into a place of its own, and runs it from there`, () => {
      const worker = machine("worker", {}, os);
      const boot = worker.boot();
      assert.equal(boot.status, 0, boot.console);
      assert.deepEqual(kubeadm(boot), ["kubeadm join"]);
      assert.ok(called(boot, "tar --extract --gzip"));
      const again = worker.boot();
      assert.match(again.console, /this node has joined before\n/);
      assert.doesNotMatch(again.console, /in place/);
      assert.equal(called(again, "curl"), false);
      // Container-Optimized OS has forgotten its units and starts them again.
      assert.equal(called(again, "systemctl start kubelet"), os === "cos");
    });

  it("checks every download of an immutable system against its published hash", () => {
    const boot = machine("worker", {}, "flatcar").boot({ DAMAGED: "1" });
    assert.match(
      boot.console,
      /failed packages: https:\/\/dl\.k8s\.io\/.* has SHA-256 [0-9a-f]{64}, published is 0$/m,
    );
    assert.equal(kubeadm(boot).length, 0);
  });
});
