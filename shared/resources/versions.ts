/** Which version of Kubernetes the parts of a cluster have and shall have: the way up, one step after another. Pure. */

import semver from "semver";
import type { Hold } from "../nodes/hold.ts";
import { heldUp } from "../nodes/hold.ts";
import {
  coreDnsOf,
  fulfils,
  nextByItself,
  resolveVersion,
  versionsBetween,
} from "../spec/kubernetes-versions.ts";
import type { Reason } from "../status/reasons.ts";
import { prefixOf } from "./names.ts";
import type { Cluster, KubeadmAddon, KubernetesFacts, NodeFacts, Pins } from "./resource.ts";

/** Kubelets may be this many minors older than the API servers. Source: https://kubernetes.io/releases/version-skew-policy/ */
export const KUBELET_MINORS_BEHIND_MAX = 3;
/** A sentence must stay readable with a hundred nodes. */
const NAMED_MAX = 3;

/** The version of the nodes' templates and of what runs inside of the cluster. */
export function nodesVersion({
  kubernetesVersion,
  upgrade,
}: Pick<Pins, "kubernetesVersion" | "upgrade">): string {
  return upgrade?.nodes ?? kubernetesVersion;
}

/** What runs stays while it fulfils the wish, though the wish may have another newest patch by now. Never a downgrade. */
export function targetVersion(wish: string, present: string, nowMs: number): string {
  if (present === "" || fulfils(present, wish)) return present;
  const resolved = resolveVersion(wish, nowMs);
  return resolved.ok && versionsBetween(present, resolved.version) !== undefined ? resolved.version : present;
}

/**
 * What the cluster goes to: what its spec asks for, else what it takes by itself. That is one step at a time, and none while
 * an upgrade is under way, so that each comes to its end.
 */
export function aimOf(
  { spec, pins }: Pick<Cluster, "spec" | "pins">,
  nowMs: number,
): { readonly target: string; readonly byItself: boolean } {
  const { kubernetesVersion: present, upgrade } = pins;
  const asked = targetVersion(spec.kubernetes.version, present, nowMs);
  if (asked !== present || upgrade !== undefined) return { target: asked, byItself: false };
  const next = nextByItself(spec.kubernetes.version, present, spec.maintenance.autoUpgrade, nowMs);
  return { target: next ?? present, byItself: next !== undefined };
}

/** "step 1 of 2: 1.35.8 → 1.36.4", of the upgrade under way. */
export function stepOf(
  pins: Pick<Pins, "kubernetesVersion" | "upgrade">,
  target: string,
): string | undefined {
  const { kubernetesVersion: present, upgrade } = pins;
  if (upgrade === undefined) return undefined;
  const done = versionsBetween(upgrade.from, present) ?? [present];
  const left = present === target ? [] : (versionsBetween(present, target) ?? []);
  const before = done.at(-2) ?? upgrade.from;
  return `step ${done.length} of ${done.length + left.length}: ${before} → ${present}`;
}

export interface VersionStep {
  /** The pins from now on; absent while there is nothing to move. */
  readonly pins?: Pick<Pins, "kubernetesVersion" | "upgrade">;
  /** What is told of it. */
  readonly message?: string;
  /** What the next step waits for, as a noun phrase. */
  readonly waitsFor?: string;
  /** The hold that it waits for, by its reason. */
  readonly because?: Reason;
  /** When that ends by itself, if it is known. */
  readonly untilMs?: number;
}
const REST: VersionStep = {};

/**
 *   wish not met ─all at the present version─► control plane: one minor up ─all its machines have it─► nodes ─all have it─► …
 *
 * Derived from what API servers and kubelets say; only what a template is made of is pinned.
 */
export function decideVersions(cluster: Cluster, holds: readonly Hold[], nowMs: number): VersionStep {
  const { target, byItself } = aimOf(cluster, nowMs);
  const step = decideStep(cluster, target, holds);
  if (!byItself) return step;
  // Nobody asked for it: until it begins, the cluster is as declared and waits for nothing.
  if (step.pins === undefined) return REST;
  return { ...step, message: `${step.message}, by itself (maintenance.autoUpgrade)` };
}

function decideStep(cluster: Cluster, target: string, holds: readonly Hold[]): VersionStep {
  const { pins, facts } = cluster;
  const { kubernetesVersion: present, upgrade } = pins;
  if (upgrade === undefined && target === present) return REST;
  if (cluster.deleting || pins.initialised !== true || facts.kubernetes === undefined)
    return { waitsFor: "the Kubernetes API to answer, for the upgrade to go on" };
  const members = membersBehind(cluster, facts.kubernetes);
  if (members !== undefined) return { waitsFor: members };
  if (upgrade !== undefined && upgrade.nodes !== present) {
    const message = `the control plane runs Kubernetes ${present}: the nodes follow`;
    return { pins: { kubernetesVersion: present, upgrade: { ...upgrade, nodes: present } }, message };
  }
  const nodes = nodesBehind(cluster, facts.kubernetes);
  if (nodes !== undefined) return { waitsFor: nodes };
  const addons = upgrade === undefined ? undefined : addonsBehind(cluster);
  if (addons !== undefined) return { waitsFor: addons };
  return target === present ? arrived(cluster) : nextStep(cluster, target, holds, facts.kubernetes);
}

function arrived({ pins: { kubernetesVersion, upgrade } }: Cluster): VersionStep {
  const message = `Kubernetes ${upgrade?.from} → ${kubernetesVersion} is done: all of the cluster runs it`;
  return { pins: { kubernetesVersion }, message };
}

function nextStep(
  { pins }: Cluster,
  target: string,
  holds: readonly Hold[],
  { nodes }: KubernetesFacts,
): VersionStep {
  const { kubernetesVersion: present, upgrade } = pins;
  const [next] = versionsBetween(present, target) ?? [];
  if (next === undefined) return REST;
  const stuck = nodes.filter(
    ({ kubeletVersion }) => minorOf(kubeletVersion) < minorOf(next) - KUBELET_MINORS_BEHIND_MAX,
  );
  if (stuck.length > 0) {
    const oldest = `${named(stuck)} to run a kubelet of 1.${minorOf(next) - KUBELET_MINORS_BEHIND_MAX} or newer`;
    return { waitsFor: `${oldest}, before the control plane goes to ${next}` };
  }
  const held = heldUp(holds, { cause: "upgrade" });
  if (held !== undefined)
    return {
      waitsFor: `${held.waitsFor}, for the upgrade ${present} → ${next}`,
      because: held.reason,
      ...(held.untilMs === undefined ? {} : { untilMs: held.untilMs }),
    };
  const moved = { kubernetesVersion: next, upgrade: { from: upgrade?.from ?? present, nodes: present } };
  const step = stepOf(moved, target);
  return { pins: moved, message: `${step}${next === target ? "" : `, on the way to ${target}`}` };
}

/** All members that the spec has, each with an API server of the present version. */
function membersBehind({ spec, pins, facts }: Cluster, kubernetes: KubernetesFacts): string | undefined {
  const { replicas } = spec.controlPlane;
  const present = pins.kubernetesVersion;
  const machines = facts.controlPlane ?? [];
  const isThere = ({ name }: { readonly name: string }) =>
    kubernetes.apiServers.includes(name) &&
    (kubernetes.apiServerVersions?.[name] ?? kubernetes.version) === present;
  const there = machines.filter(isThere).length;
  const all = there === replicas && machines.length === replicas;
  return all ? undefined : `API servers of ${present} (${there} of ${replicas} run it)`;
}

/** Nodes of the cluster's own; others are their owners'. */
function nodesBehind(cluster: Cluster, { nodes }: KubernetesFacts): string | undefined {
  const present = cluster.pins.kubernetesVersion;
  const own = nodes.filter(({ name }) => name.startsWith(`${prefixOf(cluster)}-`));
  const behind = own.filter(({ kubeletVersion }) => kubeletVersion !== present);
  if (behind.length === 0) return undefined;
  return `kubelets of ${present} (${own.length - behind.length} of ${own.length} nodes run it; not yet: ${named(behind)})`;
}

/** What `kubeadm upgrade` would bring them to, once all API servers have a version. Nothing where that is not known. */
export function addonVersion(name: KubeadmAddon["name"], kubernetes: string): string | undefined {
  return name === "CoreDNS" ? coreDnsOf(kubernetes) : kubernetes;
}

/** They were not looked at yet, or a pass has died before it had brought all of them along. */
function addonsBehind({
  pins: { kubernetesVersion },
  facts: { kubeadmAddons },
}: Cluster): string | undefined {
  if (kubeadmAddons === undefined) return "a look at what kubeadm has installed in the cluster";
  const behind = kubeadmAddons.flatMap(({ name, version }) => {
    const wanted = addonVersion(name, kubernetesVersion);
    return wanted !== undefined && semver.lt(version, wanted) ? [`${name} ${wanted}`] : [];
  });
  return behind.length === 0 ? undefined : `${behind.join(" and ")} to be asked for in the cluster`;
}

function named(nodes: readonly NodeFacts[]): string {
  const more = nodes.length > NAMED_MAX ? [`${nodes.length - NAMED_MAX} more`] : [];
  return [...nodes.slice(0, NAMED_MAX).map(({ name }) => name), ...more].join(", ");
}

function minorOf(version: string): number {
  return Number(version.split(".")[1] ?? Number.NaN);
}
