/** The version that kubeadm's own configuration in the cluster names: what joins as a member runs it, whatever the binary. */
import type { ClusterState } from "../api/state.ts";
import type { KubeObject } from "../objects/object.ts";
import { coreDnsVersion } from "./addons.ts";

const NAMESPACE = "kube-system";
const LINE = /("?kubernetesVersion"?:\s*)"?(v\d+\.\d+\.\d+)"?/;

/** `v1.36.4` of the ConfigMap kubeadm-config. */
export function configuredVersion(state: ClusterState): string {
  return LINE.exec(textOf(configOf(state)))?.[2] ?? state.version;
}

/** What `kubeadm init` does to a cluster that its data has brought along: the phases upload-config and addon. */
export function bringUp(state: ClusterState, version: string): void {
  const config = configOf(state);
  if (config !== undefined) {
    const text = textOf(config).replace(LINE, `$1${version}`);
    state.store.put("configmaps", { ...config, data: { ClusterConfiguration: text } } as KubeObject);
  }
  setImage(state, "daemonsets.apps", "kube-proxy", version);
  setImage(state, "deployments.apps", "coredns", coreDnsVersion(version));
}

function setImage(state: ClusterState, resource: string, name: string, version: string): void {
  const workload = state.store.get(resource, NAMESPACE, name);
  const template = workload?.spec?.["template"] as { spec: { containers: { image: string }[] } } | undefined;
  if (workload === undefined || template === undefined) return;
  const containers = template.spec.containers.map((one) => ({
    ...one,
    image: one.image.replace(/:v[\d.]+$/, `:${version}`),
  }));
  const spec = { ...workload.spec, template: { ...template, spec: { ...template.spec, containers } } };
  const generation = ((workload.metadata as { generation?: number }).generation ?? 1) + 1;
  const metadata = { ...workload.metadata, generation };
  state.store.put(resource, { ...workload, metadata, spec } as KubeObject);
}

function configOf(state: ClusterState): KubeObject | undefined {
  return state.store.get("configmaps", NAMESPACE, "kubeadm-config");
}
function textOf(config: KubeObject | undefined): string {
  const data = (config as { readonly data?: Readonly<Record<string, string>> } | undefined)?.data;
  return data?.["ClusterConfiguration"] ?? "";
}

/** The older of two versions such as `v1.36.4`. */
export function olderOf(one: string, other: string): string {
  const [a, b] = [one, other].map((version) => version.replace(/^v/, "").split(".").map(Number));
  const difference = [0, 1, 2].map((part) => (a?.[part] ?? 0) - (b?.[part] ?? 0)).find((by) => by !== 0) ?? 0;
  return difference <= 0 ? one : other;
}
