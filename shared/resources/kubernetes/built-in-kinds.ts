/** The kinds of objects that built-in add-ons are made of: listed on every look, so that an add-on turned off is still found. */
import { type KindPath, knownKind } from "./object.ts";

const NAMES = [
  "v1 Namespace",
  "v1 ServiceAccount",
  "v1 ConfigMap",
  "v1 Service",
  "apiextensions.k8s.io/v1 CustomResourceDefinition",
  "rbac.authorization.k8s.io/v1 ClusterRole",
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
  "rbac.authorization.k8s.io/v1 Role",
  "rbac.authorization.k8s.io/v1 RoleBinding",
  "apps/v1 DaemonSet",
  "apps/v1 Deployment",
  "batch/v1 Job",
  "apiregistration.k8s.io/v1 APIService",
  "storage.k8s.io/v1 StorageClass",
  "storage.k8s.io/v1 CSIDriver",
] as const;

export const BUILT_IN_KINDS: ReadonlySet<string> = new Set(NAMES);
export const BUILT_IN_PATHS: readonly KindPath[] = NAMES.flatMap((name) => kindNamed(name) ?? []);

/** `apps/v1 DaemonSet` to where it lives; undefined for kinds that need discovery. */
export function kindNamed(name: string): KindPath | undefined {
  const [apiVersion = "", kind = ""] = name.split(" ");
  return knownKind(apiVersion, kind);
}
