/** Where an object is served: from its apiVersion and kind to its path, without asking for discovery. */
import type { KubernetesObject } from "./types.ts";

const CLUSTER_SCOPED = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  // Custom kinds of the network plugins that we install.
  "APIServer",
  "GlobalNetworkPolicy",
  "Installation",
  "IPPool",
]);

/** English plurals as Kubernetes forms them: `NetworkPolicy` is `networkpolicies`, `Ingress` `ingresses`. */
export function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular === "endpoints") return singular;
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(singular) ? `${singular}es` : `${singular}s`;
}

/** Objects of a namespace that name none live in `default`. */
export function pathOfObject({
  apiVersion,
  kind,
  metadata,
}: Pick<KubernetesObject, "apiVersion" | "kind" | "metadata">): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = CLUSTER_SCOPED.has(kind)
    ? ""
    : `/namespaces/${encodeURIComponent(metadata.namespace ?? "default")}`;
  return `${root}${namespace}/${pluralOf(kind)}/${encodeURIComponent(metadata.name)}`;
}
