/**
 * Managed kind "kubernetes-version": kubeadm's configuration inside of the cluster says what joins as a member, so it moves
 * first; kube-proxy and CoreDNS follow the API servers, as after `kubeadm upgrade` of the last one; and until the wish is
 * fulfilled, what the next step waits for is told.
 */
import semver from "semver";
import { parseDocument, type YAMLSeq } from "yaml";
import { remembered } from "../../bootstrap/remembered.ts";
import { CloudError } from "../../ports/cloud-error.ts";
import { outdatedMembers } from "../gce/outdated-members.ts";
import { apiSides } from "../gce/places.ts";
import { controlPlaneHolds } from "../node-care/maintenance-holds.ts";
import type {
  Action,
  CloudReader,
  CloudWriter,
  Cluster,
  Facts,
  KubeadmFacts,
  ManagedKind,
  Plan,
  Started,
  Waiting,
} from "../resource.ts";
import { addonVersion, decideVersions, nodesVersion, stepOf, targetVersion } from "../versions.ts";
import { apiOf, find, mergePatch } from "./api.ts";
import { DNS_PATH } from "./dns.ts";
import type { ServedObject } from "./object.ts";

const KUBEADM_PATH = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
const KUBE_PROXY_PATH = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";
const ADDONS = [
  { name: "kube-proxy", path: KUBE_PROXY_PATH, image: /^(.*\/kube-proxy:v)(\d+\.\d+\.\d+)$/ },
  { name: "CoreDNS", path: DNS_PATH, image: /^(.*\/coredns:v)(\d+\.\d+\.\d+)$/ },
] as const;
const KEY = "kubernetes";
/** As it writes YAML itself, so that a person who compares sees one line. */
const AS_KUBEADM = { indentSeq: false, lineWidth: 0 } as const;

export interface ObservedVersion {
  /** Its path. */
  readonly name: string;
  readonly object: ServedObject;
}
interface PatchAction extends Action {
  readonly patch: object;
}

export const kubernetesVersion: ManagedKind<never, ObservedVersion, PatchAction> = {
  kind: "kubernetes-version",
  after: [],
  watches: ["control-plane", "nodes", "machine-groups"],
  condition: "UpToDate",
  desire: () => [],
  observe,
  learn,
  plan,
  perform,
};

/** Nothing in a cluster whose control plane stays as it is. */
function isChanging(cluster: Cluster): boolean {
  return !cluster.deleting && (cluster.pins.upgrade !== undefined || outdatedMembers(cluster).length > 0);
}

async function observe(cloud: CloudReader, cluster: Cluster): Promise<readonly ObservedVersion[]> {
  const api = apiOf(cloud, cluster);
  if (api === undefined || !isChanging(cluster)) return [];
  const paths = [KUBEADM_PATH, ...ADDONS.map(({ path }) => path)];
  const found = await Promise.all(paths.map((path) => find(api, path)));
  return found.flatMap((object, index) =>
    object === undefined ? [] : [{ name: paths[index] ?? "", object }],
  );
}

function learn(observed: readonly ObservedVersion[]): Partial<Facts> {
  if (observed.length === 0) return {};
  const kubeadmAddons = observed.flatMap((one) => {
    const addon = addonIn(one);
    return addon === undefined ? [] : [{ name: addon.name, version: addon.version }];
  });
  const found = observed.find(({ name }) => name === KUBEADM_PATH);
  const kubeadm = found === undefined ? undefined : kubeadmFacts(textOf(found.object));
  return { kubeadmAddons, ...(kubeadm === undefined ? {} : { kubeadm }) };
}

function textOf(object: ServedObject): string {
  const data = object["data"] as Readonly<Record<string, unknown>> | undefined;
  const text = data?.["ClusterConfiguration"];
  return typeof text === "string" ? text : "";
}

/** Documents that are remembered: each pass of an upgrade reads the one of its cluster. */
const READ_KEPT = 20;
const kubeadmFacts = remembered((text: string): KubeadmFacts | undefined => {
  const document = parseDocument(text);
  if (document.errors.length > 0 || document.contents === null) return undefined;
  const version = document.get("kubernetesVersion");
  const names = document.getIn(["apiServer", "certSANs"]) as YAMLSeq | undefined;
  return {
    kubernetesVersion: String(version ?? "").replace(/^v/, ""),
    certSANs: (names?.items ?? []).map(String),
  };
}, READ_KEPT);

/** What a certificate made now must name. */
function wantedName({ facts, ...cluster }: Cluster): string | undefined {
  return apiSides({ ...cluster, facts }).includes("external") ? facts.apiExternalAddress : undefined;
}

/** Why no member may be made anew yet, as a noun phrase. */
export function kubeadmUnready(cluster: Cluster): string | undefined {
  const { facts, pins } = cluster;
  const name = wantedName(cluster);
  if (facts.kubeadm === undefined) return "a look at kubeadm's configuration in the cluster";
  const isReady =
    facts.kubeadm.kubernetesVersion === pins.kubernetesVersion &&
    (name === undefined || facts.kubeadm.certSANs.includes(name));
  return isReady ? undefined : "kubeadm's configuration in the cluster to be brought up to date";
}

function plan({
  cluster,
  observed,
  nowMs,
}: {
  readonly cluster: Cluster;
  readonly observed: readonly ObservedVersion[];
  readonly nowMs: number;
}): Plan<PatchAction> {
  if (cluster.deleting) return { actions: [], waiting: [], problems: [] };
  const actions = observed.flatMap((one) =>
    one.name === KUBEADM_PATH ? configure(cluster, one.object) : follow(cluster, one),
  );
  return { actions, waiting: actions.length > 0 ? [] : awaited(cluster, nowMs), problems: [] };
}

function awaited(cluster: Cluster, nowMs: number): readonly Waiting[] {
  const { pins, spec } = cluster;
  const { waitsFor, because, untilMs } = decideVersions(cluster, controlPlaneHolds(cluster, nowMs), nowMs);
  if (waitsFor === undefined) return [];
  const progress = stepOf(pins, targetVersion(spec.kubernetes.version, pins.kubernetesVersion, nowMs));
  return [
    {
      key: KEY,
      reason: waitsFor,
      ...(progress === undefined ? {} : { progress: `Kubernetes ${progress}` }),
      ...(because === undefined ? {} : { because }),
      ...(untilMs === undefined ? {} : { untilMs }),
    },
  ];
}

function configure(cluster: Cluster, object: ServedObject): readonly PatchAction[] {
  const before = kubeadmFacts(textOf(object));
  if (before === undefined) return [];
  const { kubernetesVersion: present } = cluster.pins;
  const name = wantedName(cluster);
  const document = parseDocument(textOf(object));
  const reasons: string[] = [];
  if (before.kubernetesVersion !== present) {
    document.set("kubernetesVersion", `v${present}`);
    reasons.push(
      `control-plane members join as Kubernetes ${present}, not ${before.kubernetesVersion} any more`,
    );
  }
  if (name !== undefined && !before.certSANs.includes(name)) {
    document.setIn(["apiServer", "certSANs"], [...before.certSANs, name]);
    reasons.push(`certificates of API servers name ${name}`);
  }
  if (reasons.length === 0) return [];
  const patch = { metadata: version(object), data: { ClusterConfiguration: document.toString(AS_KUBEADM) } };
  return [{ key: KUBEADM_PATH, verb: "patch", patch, reason: reasons.join("; ") }];
}

interface WorkloadSpec {
  readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
}
function containersOf(object: ServedObject): readonly { readonly image?: string }[] {
  return (object["spec"] as WorkloadSpec | undefined)?.template?.spec?.containers ?? [];
}

/** An image from elsewhere is whoever's who put it there. */
function addonIn({ name: path, object }: ObservedVersion) {
  const addon = ADDONS.find((one) => one.path === path);
  const [, image, version] = addon?.image.exec(containersOf(object)[0]?.image ?? "") ?? [];
  if (addon === undefined || image === undefined || version === undefined) return undefined;
  return { name: addon.name, image, version };
}

/**
 * kube-proxy is never newer than the oldest API server (https://kubernetes.io/releases/version-skew-policy/), and kubeadm
 * brings add-ons along once its last control plane is upgraded; what somebody has made newer stays so. Only the image
 * moves: replicas, arguments and the Corefile are the cluster's own.
 */
function follow(cluster: Cluster, observed: ObservedVersion): readonly PatchAction[] {
  const { kubernetesVersion } = cluster.pins;
  const addon = addonIn(observed);
  if (addon === undefined || nodesVersion(cluster.pins) !== kubernetesVersion) return [];
  const { name, image, version: found } = addon;
  const wanted = addonVersion(name, kubernetesVersion);
  if (wanted === undefined || !semver.lt(found, wanted)) return [];
  const [first, ...rest] = containersOf(observed.object);
  const containers = [{ ...first, image: `${image}${wanted}` }, ...rest];
  const patch = { metadata: version(observed.object), spec: { template: { spec: { containers } } } };
  const why = name === "CoreDNS" ? `as kubeadm ${kubernetesVersion} has it` : "as all API servers have it";
  return [{ key: observed.name, verb: "patch", patch, reason: `${name} ${found} → ${wanted}, ${why}` }];
}

function version({ metadata }: ServedObject): object {
  return metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion };
}

async function perform(cloud: CloudWriter, cluster: Cluster, action: PatchAction): Promise<Started> {
  const api = apiOf(cloud, cluster);
  if (api === undefined)
    throw new CloudError("unavailable", "There is no way to the Kubernetes API.", { target: action.key });
  await mergePatch(api, action.key, action.patch);
  return "done";
}
