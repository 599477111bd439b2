/** Service accounts, roles and bindings, in the few shapes that add-ons use. */
import type { PolicyRule, Role, RoleBinding, ServiceAccount, Subject } from "./types.ts";

/** Where all built-in add-ons live: a namespace that is always there and never removed. */
export const SYSTEM_NAMESPACE = "kube-system";
const RBAC = "rbac.authorization.k8s.io";

export function serviceAccount(name: string): ServiceAccount {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: SYSTEM_NAMESPACE } };
}
export function accountSubject(name: string): Subject {
  return { kind: "ServiceAccount", name, namespace: SYSTEM_NAMESPACE };
}
export function rule(
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
  resourceNames?: readonly string[],
): PolicyRule {
  return { apiGroups: [group], resources, verbs, ...(resourceNames === undefined ? {} : { resourceNames }) };
}
export function clusterRole(
  name: string,
  rules: readonly PolicyRule[],
  labels?: Readonly<Record<string, string>>,
): Role {
  const metadata = { name, ...(labels === undefined ? {} : { labels }) };
  return { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata, rules };
}
export function role(name: string, rules: readonly PolicyRule[]): Role {
  const metadata = { name, namespace: SYSTEM_NAMESPACE };
  return { apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules };
}
/** Lets the subject do what the ClusterRole allows, everywhere. */
export function clusterRoleBinding(name: string, roleName: string, subject: Subject): RoleBinding {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: roleName },
    subjects: [subject],
  };
}
/** Lets the subject do what the Role in kube-system allows there. */
export function roleBinding(name: string, roleName: string, subject: Subject): RoleBinding {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name, namespace: SYSTEM_NAMESPACE },
    roleRef: { apiGroup: RBAC, kind: "Role", name: roleName },
    subjects: [subject],
  };
}
