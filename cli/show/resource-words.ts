/** The kinds of resources in a person's words, in the groups and the order in which a cluster is built. */
import type { ConditionType } from "../../shared/status/cluster-status.ts";

export interface ResourceGroup {
  readonly title: string;
  /** The condition that says what is waited for. */
  readonly condition: ConditionType;
  /** Kind to one and many of it. */
  readonly kinds: Readonly<Record<string, readonly [string, string]>>;
}

export const RESOURCE_GROUPS: readonly ResourceGroup[] = [
  {
    title: "Network",
    condition: "NetworkReady",
    kinds: {
      networks: ["network", "networks"],
      subnetworks: ["subnetwork", "subnetworks"],
      routers: ["router", "routers"],
      firewalls: ["firewall rule", "firewall rules"],
    },
  },
  {
    title: "Control plane",
    condition: "ControlPlaneReady",
    kinds: {
      keys: ["secret", "secrets"],
      addresses: ["address", "addresses"],
      "health-checks": ["health check", "health checks"],
      "instance-groups": ["instance group", "instance groups"],
      "backend-services": ["backend service", "backend services"],
      "forwarding-rules": ["forwarding rule", "forwarding rules"],
      "resource-policies": ["snapshot schedule", "snapshot schedules"],
      snapshots: ["snapshot", "snapshots"],
      "etcd-disks": ["etcd disk", "etcd disks"],
      "control-plane": ["machine", "machines"],
      "group-members": ["machine in service", "machines in service"],
    },
  },
  {
    title: "Nodes",
    condition: "NodesReady",
    kinds: {
      "instance-templates": ["instance template", "instance templates"],
      "machine-groups": ["machine group", "machine groups"],
      nodes: ["node", "nodes"],
      "node-care": ["node care", "node care"],
    },
  },
  {
    title: "Add-ons",
    condition: "AddonsReady",
    kinds: {
      addons: ["object", "objects"],
      "workload-leftovers": ["leftover of workloads", "leftovers of workloads"],
    },
  },
];

/** Kinds that the table does not know yet stand in a group of their own. */
export const OTHER_GROUP = "Others";

export function wordsFor(kind: string): readonly [string, string] {
  for (const { kinds } of RESOURCE_GROUPS) {
    const words = kinds[kind];
    if (words !== undefined) return words;
  }
  const plain = kind.replaceAll("-", " ");
  return [plain, plain];
}
