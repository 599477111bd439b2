/** Lets our own client, by the group in its certificate, do its work in the cluster. */
import { clusterRoleBinding } from "./rbac.ts";
import type { RoleBinding } from "./types.ts";

/** The organization in the control plane's client certificate. */
export const CONTROL_PLANE_GROUP = "clusterwright:control-plane";

/**
 * cluster-admin, because the API server refuses to let anybody grant what they do not hold, and manifests of the spec
 * may hold anything. Unlike system:masters the binding can be taken away without new certificates. The first
 * control-plane machine applies it after `kubeadm init`; from then on it is kept like every add-on.
 */
export function controlPlaneAccess(): readonly RoleBinding[] {
  return [
    clusterRoleBinding("clusterwright-control-plane", "cluster-admin", {
      kind: "Group",
      name: CONTROL_PLANE_GROUP,
      apiGroup: "rbac.authorization.k8s.io",
    }),
  ];
}
