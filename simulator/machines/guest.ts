/**
 * What happens on one machine after it has booted: what its boot data would have done, step by step, on its serial console.
 *
 * booted ─data is right─► installing ─► asking to join, or initialising ─► a node ─power off─► off ─boot─► a node
 *   └─data is wrong─► stuck, the console says why          a control-plane machine: if its disk and etcd agree
 */

import type { BootPlan } from "../boot/boot-plan.ts";
import { interpretBoot } from "../boot/interpret.ts";
import type { Machine } from "../compute/machine.ts";
import { createKubernetesCluster, type KubernetesCluster } from "../kubernetes/cluster.ts";
import type { JoinInput } from "../kubernetes/kubeadm.ts";
import { configuredVersion } from "../kubernetes/workloads/kubeadm-version.ts";
import { diskOwner, foreignDisk, memberStanding } from "./etcd-member.ts";
import type { EtcdData, GuestWorld, SoftwareDelays } from "./guest-world.ts";
import { kubeletMachine } from "./kubelet-machine.ts";

/** Typical of packages over a fast network (the real time varies with the mirror) and of kubeadm on a warm image. */
export const DEFAULT_SOFTWARE_DELAYS: SoftwareDelays = { installMs: 12_000, initMs: 25_000, joinMs: 6_000 };
const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 60_000;

export interface Guest {
  readonly machine: Machine;
  /** Set once it has become a node. */
  cluster: KubernetesCluster | undefined;
  /** Powered off since: what still runs for it ends. */
  off: boolean;
}

/** Runs until the machine is a node, is stuck, or is switched off. */
export async function runBoot(world: GuestWorld, guest: Guest): Promise<void> {
  const { machine } = guest;
  const os = world.osOf(machine);
  if (os === undefined)
    return machine.console.write(`boot: image ${machine.image ?? "(none)"} holds no known system`);
  const outcome = interpretBoot({
    metadata: machine.metadata,
    os,
    kubernetesVersions: world.kubernetesVersions,
  });
  for (const line of outcome.ok ? outcome.plan.console : outcome.console) machine.console.write(line);
  if (!outcome.ok) return;
  const { plan } = outcome;
  if (!machine.internet)
    return machine.console.write(failure("packages", "no route to the internet: the network has no NAT"));
  await pause(world, world.softwareDelays.installMs);
  const pki = plan.role === "worker" ? "" : await untilKeys(world, guest, plan);
  if (guest.off || pki === undefined) return;
  const data = dataOf(world, machine, plan);
  if (data !== undefined && data.owner !== diskOwner(plan))
    return machine.console.write(failure("etcd-owner", foreignDisk(data.owner, plan)));
  if (plan.role !== "control-plane-init") await untilJoined(world, guest, plan);
  else if (data === undefined) await initialise(world, guest, plan, pki);
  else await resume(world, guest, plan, data);
}

/** A machine that is a node already: a worker that reads its boot data at every boot takes the Kubernetes version in it. */
export function startAgain(world: GuestWorld, guest: Guest, cluster: KubernetesCluster): void {
  const { machine } = guest;
  const kubelet = cluster.kubelet(machine.name);
  kubelet?.start();
  const os = world.osOf(machine);
  if (kubelet === undefined || os === undefined || !readsEveryBoot(machine, os)) return;
  const { kubernetesVersions } = world;
  const outcome = interpretBoot({ metadata: machine.metadata, os, kubernetesVersions });
  if (!outcome.ok || outcome.plan.role !== "worker") return;
  const version = `v${outcome.plan.kubernetesVersion}`;
  if (kubelet.machine.kubeletVersion === version) return;
  machine.console.write(step("upgrade", `to Kubernetes ${version} in place`));
  world.clock.after(world.softwareDelays.installMs, () => {
    if (!guest.off) kubelet.setVersion(version);
  });
}

/** Startup scripts run at every boot; Container-Optimized OS writes its files anew each time. */
function readsEveryBoot(machine: Machine, os: string): boolean {
  return "startup-script" in machine.metadata || os === "cos";
}

function etcdDisk(machine: Machine, plan: BootPlan): string | undefined {
  return machine.disks.find((disk) => disk.deviceName === plan.etcdDeviceName)?.path;
}
function dataOf(world: GuestWorld, machine: Machine, plan: BootPlan): EtcdData | undefined {
  return world.etcdData.get(etcdDisk(machine, plan) ?? "");
}

/** `kubeadm init` on data that is there: the only member takes up the cluster that it was. */
async function resume(world: GuestWorld, guest: Guest, plan: BootPlan, { cluster }: EtcdData): Promise<void> {
  guest.machine.console.write(step("kubeadm-init", "its disk holds this member's data, going on with it"));
  await pause(world, world.softwareDelays.initMs);
  if (guest.off) return;
  guest.cluster = cluster;
  const refusal = versionRefusal(cluster, plan);
  if (refusal !== undefined) return guest.machine.console.write(failure("kubeadm-init", refusal));
  cluster.kubeadmInitAgain(kubeletMachine(guest.machine, plan, world.size(guest.machine)));
  guest.machine.console.write(step("done"));
}

/** etcd's data of a newer Kubernetes, or of one several minors older, is not for this one. */
function versionRefusal({ state }: KubernetesCluster, { kubernetesVersion }: BootPlan): string | undefined {
  const minor = (version: string): number => Number(version.replace(/^v/, "").split(".")[1]);
  const [before, now] = [minor(configuredVersion(state)), minor(kubernetesVersion)];
  if (now === before || now === before + 1) return undefined;
  return `the data is of Kubernetes ${configuredVersion(state)}, and v${kubernetesVersion} is ${now < before ? "older" : "more than one minor newer"}`;
}

function remember(world: GuestWorld, machine: Machine, plan: BootPlan, cluster: KubernetesCluster): void {
  const disk = etcdDisk(machine, plan);
  const member = cluster.etcd.members().find(({ name }) => name === machine.name);
  if (disk === undefined || member === undefined) return;
  world.etcdData.set(disk, { cluster, owner: diskOwner(plan), memberId: member.id });
}

const failure = (step: string, why: string): string => `clusterwright: failed ${step}: ${why}`;
const step = (name: string, what = ""): string =>
  `clusterwright: step ${name}${what === "" ? "" : ` ${what}`}`;

/** The cluster's keys, as JSON text. A machine without the right to read them asks again, as its script does. */
async function untilKeys(world: GuestWorld, guest: Guest, plan: BootPlan): Promise<string | undefined> {
  for (let delayMs = RETRY_FIRST_MS; !guest.off; delayMs = longer(delayMs)) {
    const secret = await world.readSecret(guest.machine, plan.pkiSecret ?? "");
    if (typeof secret !== "string") return Buffer.from(secret).toString();
    guest.machine.console.write(failure("keys", secret));
    await pause(world, delayMs);
  }
  return undefined;
}

async function initialise(world: GuestWorld, guest: Guest, plan: BootPlan, pki: string): Promise<void> {
  const { machine } = guest;
  const facts = plan.cluster;
  const keys = JSON.parse(pki) as Readonly<Record<string, string>>;
  const [certificatePem, privateKeyPem] = [keys["ca.crt"], keys["ca.key"]];
  if (facts === undefined || certificatePem === undefined || privateKeyPem === undefined) {
    return machine.console.write(failure("kubeadm-init", "the keys in the secret are incomplete"));
  }
  machine.console.write(step("kubeadm-init"));
  await pause(world, world.softwareDelays.initMs);
  if (guest.off) return;
  const cluster = createKubernetesCluster({
    clock: world.clock,
    chance: world.chance,
    version: `v${plan.kubernetesVersion}`,
    podCidr: facts.podSubnet,
    serviceCidr: facts.serviceSubnet,
    ca: { certificatePem, privateKeyPem },
    allocateNodeCidrs: facts.allocateNodeCidrs,
    machineState: world.machineState,
  });
  cluster.kubeadmInit({
    machine: kubeletMachine(machine, plan, world.size(machine)),
    controlPlaneEndpoint: facts.controlPlaneEndpoint,
    clusterName: plan.clusterId,
    skipKubeProxy: !facts.kubeProxy,
    certSANs: facts.certSANs,
  });
  guest.cluster = cluster;
  remember(world, machine, plan, cluster);
  const names = [facts.controlPlaneEndpoint.split(":")[0] ?? "", ...facts.certSANs, machine.networkIP];
  world.opened(cluster, machine, [...new Set(names)]);
  machine.console.write(step("done"));
}

async function untilJoined(world: GuestWorld, guest: Guest, plan: BootPlan): Promise<void> {
  for (let delayMs = RETRY_FIRST_MS; !guest.off; delayMs = longer(delayMs)) {
    const trouble = await joinOnce(world, guest, plan);
    if (trouble === undefined || guest.off) return;
    guest.machine.console.write(failure("join", trouble));
    await pause(world, delayMs);
  }
}

/** One try: ask, then `kubeadm join`. @returns what went wrong */
async function joinOnce(world: GuestWorld, guest: Guest, plan: BootPlan): Promise<string | undefined> {
  const { machine } = guest;
  const told = await ask(world, machine, plan);
  if (typeof told === "string") return told;
  await pause(world, world.softwareDelays.joinMs);
  if (guest.off) return undefined;
  const [address = "", port = ""] = told.apiServerEndpoint.split(":");
  const cluster = world.clusterAt(address, Number(port), machine);
  if (cluster === undefined) return `dial tcp ${told.apiServerEndpoint}: connect: connection refused`;
  const member = plan.role === "worker" ? NO_MEMBER : settleMember(world, machine, plan, cluster);
  if ("why" in member) return member.why;
  const result = cluster.kubeadmJoin({
    ...kubeletMachine(machine, plan, world.size(machine)),
    token: told.token,
    caHash: plan.caHash,
    controlPlane: plan.role !== "worker",
    ...member,
  });
  if (!result.joined) return result.output;
  guest.cluster = cluster;
  if (plan.role !== "worker") remember(world, machine, plan, cluster);
  machine.console.write(step("done"));
  return undefined;
}

type Member = Pick<JoinInput, "etcdData">;
const NO_MEMBER: Member = {};
/** What kubeadm may start etcd on, or why it must not. Data of a member that is no more is set aside. */
function settleMember(
  world: GuestWorld,
  machine: Machine,
  plan: BootPlan,
  cluster: KubernetesCluster,
): Member | { readonly why: string } {
  if (!cluster.etcd.hasQuorum()) return { why: "etcd does not answer: it has no quorum" };
  const data = dataOf(world, machine, plan);
  const self = { name: machine.name, address: machine.networkIP, hasData: data !== undefined };
  const standing = memberStanding(cluster.etcd.members(), self);
  if (standing.joins === "never") return standing;
  if (data === undefined) return {};
  if (standing.joins === "back") {
    machine.console.write(step("etcd-member", "its disk holds this member's data, going on with it"));
    return { etcdData: data.memberId };
  }
  machine.console.write(step("etcd-member", "etcd no longer lists this member, its data is set aside"));
  world.etcdData.delete(etcdDisk(machine, plan) ?? "");
  return {};
}

interface Told {
  readonly token: string;
  readonly apiServerEndpoint: string;
}

async function ask(world: GuestWorld, machine: Machine, plan: BootPlan): Promise<Told | string> {
  const role = plan.role === "worker" ? "worker" : "control-plane";
  try {
    const token = await world.identityToken(machine, plan.joinUrl);
    const body = { cluster: plan.clusterId, uid: plan.uid, role, nodeName: machine.name };
    const answer = await world.post(plan.joinUrl, token, body);
    if (answer.status === 200) return answer.body as Told;
    return `${plan.joinUrl} answered ${answer.status}: ${JSON.stringify(answer.body)}`;
  } catch (error) {
    return `${plan.joinUrl} does not answer: ${(error as Error).message}`;
  }
}

function longer(delayMs: number): number {
  return Math.min(RETRY_MAX_MS, delayMs * 1.5);
}
function pause(world: GuestWorld, delayMs: number): Promise<void> {
  return new Promise((resolve) => void world.clock.after(delayMs, resolve));
}
