/** Roles and bindings, as components make them. */
import type { ClusterState } from "../api/state.ts";
import { ensure } from "./manifests.ts";

const RBAC = "rbac.authorization.k8s.io/v1";
export const group = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name });
export const user = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "User", name });

export function clusterRole(state: ClusterState, name: string, rules: readonly object[]): void {
  ensure(state, RBAC, "ClusterRole", { name }, { rules });
}
export function clusterBinding(
  state: ClusterState,
  name: string,
  role: string,
  subjects: readonly object[],
): void {
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role };
  ensure(state, RBAC, "ClusterRoleBinding", { name }, { roleRef, subjects });
}
export function localRole(
  state: ClusterState,
  namespace: string,
  name: string,
  rules: readonly object[],
  subjects: readonly object[],
): void {
  ensure(state, RBAC, "Role", { name, namespace }, { rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  ensure(state, RBAC, "RoleBinding", { name, namespace }, { roleRef, subjects });
}
