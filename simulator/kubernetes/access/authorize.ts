/** Who may do what: superusers, kubelets and bootstrappers by rule, everybody else by the stored RBAC objects. */
import type { User } from "../api/request.ts";
import type { ClusterState } from "../api/state.ts";
import type { KubeObject } from "../objects/object.ts";

export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}
interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

// Group system:masters bypasses RBAC; kubeadm binds its own administrators' group to cluster-admin.
const SUPERUSERS = new Set(["system:masters", "kubeadm:cluster-admins"]);
const READ = ["get", "list", "watch"];

// What the node authorizer and the ClusterRole system:node let kubelets do, less its per-node restrictions.
const NODE_RULES: readonly Rule[] = [
  {
    verbs: [...READ, "create", "update", "patch", "delete"],
    apiGroups: [""],
    resources: ["nodes", "nodes/status"],
  },
  {
    verbs: [...READ, "create", "delete", "patch", "update"],
    apiGroups: [""],
    resources: ["pods", "pods/status", "pods/eviction"],
  },
  {
    verbs: READ,
    apiGroups: [""],
    resources: ["configmaps", "secrets", "services", "persistentvolumeclaims", "persistentvolumes"],
  },
  { verbs: ["create", "patch", "update"], apiGroups: [""], resources: ["events"] },
  {
    verbs: ["create", "get", "update", "patch", "delete"],
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
  },
  {
    verbs: ["create", ...READ],
    apiGroups: ["certificates.k8s.io"],
    resources: ["certificatesigningrequests"],
  },
  {
    verbs: [...READ, "create", "update", "patch", "delete"],
    apiGroups: ["storage.k8s.io"],
    resources: ["csinodes", "csidrivers", "volumeattachments"],
  },
  { verbs: READ, apiGroups: ["node.k8s.io"], resources: ["runtimeclasses"] },
];
// Everybody, of system:basic-user.
const BASIC_RULES: readonly Rule[] = [
  {
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io", "authentication.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"],
  },
];

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes("*") || list.includes(value));
}
function allows(rule: Rule, attributes: Attributes): boolean {
  const { subresource, resource } = attributes;
  const full = subresource === undefined || subresource === "" ? resource : `${resource}/${subresource}`;
  const named =
    rule.resourceNames === undefined ||
    rule.resourceNames.length === 0 ||
    (attributes.name !== undefined && rule.resourceNames.includes(attributes.name));
  const anySubresource = subresource !== undefined && includes(rule.resources, `*/${subresource}`);
  return (
    includes(rule.verbs, attributes.verb) &&
    includes(rule.apiGroups, attributes.group) &&
    (includes(rule.resources, full) || anySubresource) &&
    named
  );
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}
function isSubject(user: User, subject: Subject): boolean {
  if (subject.kind === "User") return subject.name === user.name;
  if (subject.kind === "Group") return user.groups.includes(subject.name);
  return user.name === `system:serviceaccount:${subject.namespace}:${subject.name}`;
}
function binds(user: User, binding: KubeObject): boolean {
  return ((binding["subjects"] as Subject[] | undefined) ?? []).some((subject) => isSubject(user, subject));
}

const RBAC = "rbac.authorization.k8s.io";
function rulesOf(state: ClusterState, binding: KubeObject): readonly Rule[] {
  const { kind, name } = (binding["roleRef"] as { kind?: string; name?: string } | undefined) ?? {};
  const resource = kind === "Role" ? `roles.${RBAC}` : `clusterroles.${RBAC}`;
  const role = state.store.get(
    resource,
    kind === "Role" ? binding.metadata.namespace : undefined,
    name ?? "",
  );
  return (role?.["rules"] as Rule[] | undefined) ?? [];
}
function boundRules(state: ClusterState, user: User, namespace: string | undefined): readonly Rule[] {
  const cluster = state.store.list(`clusterrolebindings.${RBAC}`);
  const local = namespace === undefined ? [] : state.store.list(`rolebindings.${RBAC}`, namespace);
  return [...cluster, ...local]
    .filter((binding) => binds(user, binding))
    .flatMap((binding) => rulesOf(state, binding));
}

/** Every rule that speaks for this user, here. */
export function rulesFor(state: ClusterState, user: User, namespace: string | undefined): readonly Rule[] {
  if (user.groups.some((group) => SUPERUSERS.has(group)))
    return [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
  const node = user.groups.includes("system:nodes") && user.name.startsWith("system:node:") ? NODE_RULES : [];
  const basic = user.groups.includes("system:authenticated") ? BASIC_RULES : [];
  return [...node, ...basic, ...boundRules(state, user, namespace)];
}

export function isAllowed(state: ClusterState, user: User, attributes: Attributes): boolean {
  return rulesFor(state, user, attributes.namespace).some((rule) => allows(rule, attributes));
}

/** The refusal as the real server words it. */
export function refusalText(
  user: User,
  { verb, group, resource, subresource, namespace }: Attributes,
): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return `User "${user.name}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
}
