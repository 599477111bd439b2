/** Tables of nodes and of what belongs to the cluster rather than to a workload. */
import { type Condition, conditionStatus, type Dict, type KubeObject, type Node } from "../objects/object.ts";
import { age } from "./age.ts";
import { AGE, type Column, NAME, type Tables } from "./columns.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const NONE = "<none>";

function nodeStatus(object: KubeObject): string {
  const ready = conditionStatus(object, "Ready");
  const word = ready === undefined ? "Unknown" : ready === "True" ? "Ready" : "NotReady";
  return object.spec?.["unschedulable"] === true ? `${word},SchedulingDisabled` : word;
}
function roles(object: KubeObject): string {
  const labels = object.metadata.labels ?? {};
  const named = Object.keys(labels)
    .filter((key) => key.startsWith(ROLE_PREFIX))
    .map((key) => key.slice(ROLE_PREFIX.length));
  const legacy = labels["kubernetes.io/role"];
  return [...named, ...(legacy === undefined ? [] : [legacy])].sort().join(",") || NONE;
}
function nodeInfo(field: string): Column["cell"] {
  return (object) => (object as Node).status.nodeInfo?.[field] ?? "<unknown>";
}
function address(type: string): Column["cell"] {
  return (object) => (object as Node).status.addresses?.find((each) => each.type === type)?.address ?? NONE;
}
const size = (value: unknown) => Object.keys((value as object | undefined) ?? {}).length;
const text = (value: unknown, fallback = ""): string => (value === undefined ? fallback : String(value));
const spec = (object: KubeObject): Dict => object.spec ?? {};

const NODES: readonly Column[] = [
  NAME,
  { name: "Status", cell: nodeStatus },
  { name: "Roles", cell: roles },
  AGE,
  { name: "Version", cell: nodeInfo("kubeletVersion") },
  { name: "Internal-IP", cell: address("InternalIP"), wide: true },
  { name: "External-IP", cell: address("ExternalIP"), wide: true },
  { name: "OS-Image", cell: nodeInfo("osImage"), wide: true },
  { name: "Kernel-Version", cell: nodeInfo("kernelVersion"), wide: true },
  { name: "Container-Runtime", cell: nodeInfo("containerRuntimeVersion"), wide: true },
];

interface EventObject extends KubeObject {
  involvedObject?: { kind?: string; name?: string; fieldPath?: string };
  source?: { component?: string; host?: string };
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  count?: number;
}
const EVENTS: readonly Column[] = [
  {
    name: "Last Seen",
    cell: (object, nowMs) => {
      const { lastTimestamp, eventTime, metadata } = object as EventObject;
      return age(lastTimestamp ?? eventTime ?? metadata.creationTimestamp, nowMs);
    },
  },
  { name: "Type", cell: (object) => text(object["type"]) },
  { name: "Reason", cell: (object) => text(object["reason"]) },
  {
    name: "Object",
    cell: (object) => {
      const { kind = "", name = "" } = (object as EventObject).involvedObject ?? {};
      return `${kind.toLowerCase()}/${name}`;
    },
  },
  {
    name: "Subobject",
    cell: (object) => text((object as EventObject).involvedObject?.fieldPath),
    wide: true,
  },
  {
    name: "Source",
    cell: (object) => {
      const { component = "", host } = (object as EventObject).source ?? {};
      return host === undefined ? component : `${component}, ${host}`;
    },
    wide: true,
  },
  { name: "Message", cell: (object) => text(object["message"]).trim() },
  {
    name: "First Seen",
    cell: (object, nowMs) => {
      const { firstTimestamp, eventTime, metadata } = object as EventObject;
      return age(firstTimestamp ?? eventTime ?? metadata.creationTimestamp, nowMs);
    },
    wide: true,
  },
  { name: "Count", cell: (object) => (object as EventObject).count ?? 1, type: "integer", wide: true },
  { ...NAME, wide: true },
];

function csrCondition(object: KubeObject): string {
  const conditions = (object.status?.["conditions"] as Condition[] | undefined) ?? [];
  const words = ["Approved", "Denied", "Failed"].filter((type) => conditions.some((c) => c.type === type));
  if (object.status?.["certificate"] !== undefined) words.push("Issued");
  return words.join(",") || "Pending";
}

function servicePorts(object: KubeObject): string {
  const ports = (spec(object)["ports"] as { port: number; nodePort?: number; protocol?: string }[]) ?? [];
  return (
    ports
      .map(
        ({ port, nodePort, protocol = "TCP" }) =>
          `${port}${nodePort === undefined ? "" : `:${nodePort}`}/${protocol}`,
      )
      .join(",") || NONE
  );
}
function endpointAddresses(object: KubeObject): string {
  const subsets = (object["subsets"] as { addresses?: { ip: string }[]; ports?: { port: number }[] }[]) ?? [];
  const pairs = subsets.flatMap(({ addresses = [], ports = [] }) =>
    addresses.flatMap(({ ip }) => ports.map(({ port }) => `${ip}:${port}`)),
  );
  return pairs.length > 3
    ? `${pairs.slice(0, 3).join(",")} + ${pairs.length - 3} more...`
    : pairs.join(",") || NONE;
}
function roleRef(object: KubeObject): string {
  const { kind = "", name = "" } = (object["roleRef"] as { kind?: string; name?: string }) ?? {};
  return `${kind}/${name}`;
}

export const CLUSTER_TABLES: Tables = {
  nodes: NODES,
  events: EVENTS,
  namespaces: [NAME, { name: "Status", cell: (object) => text(object.status?.["phase"]) }, AGE],
  secrets: [
    NAME,
    { name: "Type", cell: (object) => text(object["type"]) },
    { name: "Data", cell: (object) => size(object["data"]), type: "integer" },
    AGE,
  ],
  configmaps: [
    NAME,
    { name: "Data", cell: (object) => size(object["data"]) + size(object["binaryData"]), type: "integer" },
    AGE,
  ],
  serviceaccounts: [
    NAME,
    { name: "Secrets", cell: (object) => size(object["secrets"]), type: "integer" },
    AGE,
  ],
  services: [
    NAME,
    { name: "Type", cell: (object) => text(spec(object)["type"], "ClusterIP") },
    { name: "Cluster-IP", cell: (object) => text(spec(object)["clusterIP"], NONE) },
    { name: "External-IP", cell: (object) => (spec(object)["type"] === "LoadBalancer" ? "<pending>" : NONE) },
    { name: "Port(s)", cell: servicePorts },
    AGE,
    {
      name: "Selector",
      cell: (object) =>
        Object.entries((spec(object)["selector"] as Record<string, string> | undefined) ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(",") || NONE,
      wide: true,
    },
  ],
  endpoints: [NAME, { name: "Endpoints", cell: endpointAddresses }, AGE],
  "leases.coordination.k8s.io": [
    NAME,
    { name: "Holder", cell: (object) => text(spec(object)["holderIdentity"]) },
    AGE,
  ],
  "certificatesigningrequests.certificates.k8s.io": [
    NAME,
    AGE,
    { name: "SignerName", cell: (object) => text(spec(object)["signerName"]) },
    { name: "Requestor", cell: (object) => text(spec(object)["username"]) },
    {
      name: "RequestedDuration",
      cell: (object) => {
        const seconds = spec(object)["expirationSeconds"];
        return seconds === undefined ? NONE : `${Math.round(Number(seconds) / 86_400)}d`;
      },
    },
    { name: "Condition", cell: csrCondition },
  ],
  "clusterrolebindings.rbac.authorization.k8s.io": [NAME, { name: "Role", cell: roleRef }, AGE],
  "rolebindings.rbac.authorization.k8s.io": [NAME, { name: "Role", cell: roleRef }, AGE],
  "priorityclasses.scheduling.k8s.io": [
    NAME,
    { name: "Value", cell: (object) => Number(object["value"] ?? 0), type: "integer" },
    { name: "Global-Default", cell: (object) => object["globalDefault"] === true },
    AGE,
    { name: "PreemptionPolicy", cell: (object) => text(object["preemptionPolicy"], "PreemptLowerPriority") },
  ],
  "storageclasses.storage.k8s.io": [
    NAME,
    { name: "Provisioner", cell: (object) => text(object["provisioner"]) },
    { name: "ReclaimPolicy", cell: (object) => text(object["reclaimPolicy"], "Delete") },
    { name: "VolumeBindingMode", cell: (object) => text(object["volumeBindingMode"], "Immediate") },
    { name: "AllowVolumeExpansion", cell: (object) => object["allowVolumeExpansion"] === true },
    AGE,
  ],
};
