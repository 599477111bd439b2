/** Every version and image of the add-ons in one table, each with its source. */

/** `1.36` of `1.36.4`. */
export function minorOf(kubernetesVersion: string): string {
  return kubernetesVersion.split(".").slice(0, 2).join(".");
}
function minorNumber(kubernetesVersion: string): number {
  return Number(kubernetesVersion.split(".")[1] ?? Number.NaN);
}

/** The release that kubespray pins. https://github.com/kubernetes-sigs/kubespray */
export const CILIUM_VERSION = "1.20.1";
/** Installs Cilium 1.17 and newer. https://github.com/cilium/cilium-cli#releases */
export const CILIUM_CLI_IMAGE = "quay.io/cilium/cilium-cli:v0.19.7";

/** The release that kOps pins; also the version of the tigera-operator chart. https://github.com/kubernetes/kops */
export const CALICO_CHART_VERSION = "v3.31.6";
/** https://docs.tigera.io/calico/latest/getting-started/kubernetes/helm */
export const CALICO_CHART_REPOSITORY = "https://docs.tigera.io/calico/charts";
/** Has --set-json (helm 3.10 and newer). https://hub.docker.com/r/alpine/helm */
export const HELM_IMAGE = "docker.io/alpine/helm:3.19.0";

/**
 * The newest promoted image; no 36 image was promoted when this was written. Kubernetes' skew policy allows one minor
 * older, which is left behind with 1.37. https://github.com/kubernetes/cloud-provider-gcp
 */
export const CLOUD_CONTROLLER_MANAGER_IMAGE =
  "registry.k8s.io/cloud-provider-gcp/cloud-controller-manager:v35.0.2";

/** 0.9.0 needs Kubernetes 1.34. https://github.com/kubernetes-sigs/metrics-server#compatibility-matrix */
export function metricsServerImage(kubernetesVersion: string): string {
  const version = minorNumber(kubernetesVersion) >= 34 ? "v0.9.0" : "v0.8.1";
  return `registry.k8s.io/metrics-server/metrics-server:${version}`;
}

/** The tags of the driver's "stable-master" overlay. https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver */
export const PD_CSI_IMAGES = {
  driver: "registry.k8s.io/cloud-provider-gcp/gcp-compute-persistent-disk-csi-driver:v1.26.0",
  provisioner: "registry.k8s.io/sig-storage/csi-provisioner:v6.0.0",
  attacher: "registry.k8s.io/sig-storage/csi-attacher:v4.8.1",
  resizer: "registry.k8s.io/sig-storage/csi-resizer:v2.0.0",
  registrar: "registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.13.0",
} as const;

/** The newest tag by Kubernetes minor. https://github.com/kubernetes/node-problem-detector/releases */
const NODE_PROBLEM_DETECTOR_TAGS: Readonly<Record<string, string>> = { "1.35": "v1.35.3", "1.36": "v1.36.0" };
const NODE_PROBLEM_DETECTOR_OLDEST = "v1.35.3";
const NODE_PROBLEM_DETECTOR_NEWEST = "v1.36.0";
export function nodeProblemDetectorImage(kubernetesVersion: string): string {
  // It only posts events and conditions, both stable since 1.0: the nearest tag serves minors without one.
  const nearest =
    minorNumber(kubernetesVersion) < 35 ? NODE_PROBLEM_DETECTOR_OLDEST : NODE_PROBLEM_DETECTOR_NEWEST;
  const tag = NODE_PROBLEM_DETECTOR_TAGS[minorOf(kubernetesVersion)] ?? nearest;
  return `registry.k8s.io/node-problem-detector/node-problem-detector:${tag}`;
}
