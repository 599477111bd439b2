/** A Compute Engine of a few lines: every mutation is done at once and answered in the server's own spelling. */
import { CloudError } from "../../../../shared/ports/cloud-error.ts";
import { type ComputeRef, computePath, parseComputePath } from "../../../../shared/ports/compute.ts";
import type { ComputeAction } from "../../../../shared/resources/gce/action.ts";
import type {
  CloudReader,
  Cluster,
  Facts,
  ManagedKind,
  Named,
} from "../../../../shared/resources/resource.ts";

export type Body = Readonly<Record<string, unknown>>;
type Kinds = readonly ManagedKind<Named, Named, ComputeAction>[];

const HOST = "https://compute.googleapis.com/compute/v1";

export interface SmallCloud {
  /** Resources by path. */
  readonly resources: Map<string, Body>;
  /** Paths of machines by the path of their group. */
  readonly members: Map<string, readonly string[]>;
  readonly reader: CloudReader;
}

export function createSmallCloud(): SmallCloud {
  const resources = new Map<string, Body>();
  const members = new Map<string, readonly string[]>();
  const unused = (): never => {
    throw new Error("not part of the small cloud");
  };
  const reader: CloudReader = {
    compute: {
      list: async ({ kind, project, scope }) =>
        [...resources].flatMap(([path, body]) => {
          const ref = parseComputePath(path);
          const there =
            ref.kind === kind && ref.project === project && (scope === "everywhere" || ref.scope === scope);
          return there ? [{ ...body, ...usersOf(resources, body) } as never] : [];
        }),
      get: async (ref) => resources.get(computePath(ref)) as never,
      imageFromFamily: unused,
      groupMembers: async (group) => {
        const urls = members.get(computePath(group));
        if (urls === undefined) throw new CloudError("not-found", "no such group");
        return urls.map((path) => `${HOST}/${path}`);
      },
      managedInstances: async () => [],
      serialOutput: unused,
      operations: unused,
    },
    secrets: { read: unused, create: unused, allow: unused, list: unused, delete: unused },
    kubernetes: { request: unused },
  };
  return { resources, members, reader };
}

/** An address says which forwarding rule or machine has it. */
function usersOf(resources: ReadonlyMap<string, Body>, body: Body): Body {
  if (body["kind"] !== "compute#addresses") return {};
  const users = [...resources].filter(([path, user]) => {
    const [nic] = (user["networkInterfaces"] as readonly Body[] | undefined) ?? [];
    const has = path.includes("/forwardingRules/") ? user["IPAddress"] : nic?.["networkIP"];
    return has !== undefined && has === body["address"];
  });
  return { users: users.map(([path]) => `${HOST}/${path}`) };
}

/** As the server keeps what was inserted: its own host in URLs, lists turned round, defaults and outputs filled in. */
export function serverForm(ref: ComputeRef, body: Body): Body {
  const own = respelled(body) as Body;
  return {
    kind: `compute#${ref.kind}`,
    id: "4711",
    creationTimestamp: "2026-11-01T00:00:00.000-07:00",
    ...DEFAULTS[ref.kind],
    ...own,
    selfLink: `${HOST}/${computePath(ref)}`,
    ...(FINGERPRINTED.includes(ref.kind) ? { fingerprint: "fp1" } : {}),
    ...(LABELLED.includes(ref.kind) ? { labelFingerprint: "lf1" } : {}),
    ...OUTPUTS[ref.kind],
    ...(ref.kind === "addresses"
      ? { address: own["address"] ?? reserved(ref.name, own["addressType"] === "EXTERNAL") }
      : {}),
    ...(ref.kind === "instances" ? machineOutputs(own) : {}),
  };
}

/** Each member has one of its own: cp-0 has 10.10.0.10. */
function reserved(name: string, isExternal: boolean): string {
  const member = /-cp-(\d)$/.exec(name)?.[1];
  if (member !== undefined) return `10.10.0.1${member}`;
  return isExternal ? "203.0.113.7" : "10.10.0.2";
}

const FINGERPRINTED: readonly string[] = [
  ...["subnetworks", "backendServices", "forwardingRules"],
  ...["instanceGroups", "instanceGroupManagers", "instances"],
];
const LABELLED: readonly string[] = ["addresses", "forwardingRules", "disks", "instances"];
const DEFAULTS: Readonly<Record<string, Body>> = {
  networks: { mtu: 1460 },
  firewalls: { disabled: false, logConfig: { enable: false } },
  backendServices: { sessionAffinity: "NONE", timeoutSec: 30 },
  forwardingRules: { networkTier: "PREMIUM", portRange: "6443-6443" },
};
const OUTPUTS: Readonly<Record<string, Body>> = {
  addresses: { status: "RESERVED" },
  disks: { status: "READY" },
  instanceGroupManagers: {
    status: { isStable: true, versionTarget: { isReached: true } },
    currentActions: { none: 1 },
  },
};

function machineOutputs(own: Body): Body {
  const tags = own["tags"] as Body;
  const metadata = own["metadata"] as Body;
  return {
    status: "RUNNING",
    tags: { ...tags, fingerprint: "tf1" },
    metadata: { ...metadata, fingerprint: "mf1" },
  };
}

function respelled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(respelled).reverse();
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, respelled(inner)]));
  }
  return typeof value === "string" ? value.replace("https://www.googleapis.com/compute/v1", HOST) : value;
}

/** Does one action to the letter. */
export function perform(cloud: SmallCloud, action: ComputeAction): void {
  const { key, ref } = action;
  if (action.verb === "insert" || action.verb === "firewalls.update") {
    cloud.resources.set(key, serverForm(ref, action.body as unknown as Body));
    if (ref.kind === "instanceGroups") cloud.members.set(key, []);
    return;
  }
  if (action.verb === "delete") {
    cloud.resources.delete(key);
    cloud.members.delete(key);
    return;
  }
  const before = cloud.resources.get(key) ?? {};
  const body = action.body as Body;
  if (action.verb === "instanceGroups.addInstances" || action.verb === "instanceGroups.removeInstances") {
    const named = (body["instances"] as readonly { instance: string }[]).map(({ instance }) =>
      pathIn(instance),
    );
    const rest = (cloud.members.get(key) ?? []).filter((path) => !named.includes(path));
    cloud.members.set(key, action.verb === "instanceGroups.addInstances" ? [...rest, ...named] : rest);
    return;
  }
  cloud.resources.set(key, { ...before, ...effect(action.verb, before, respelled(body) as Body) });
}

/** What a verb changes, where that is not the field of its body's name. */
function effect(verb: ComputeAction["verb"], before: Body, body: Body): Body {
  switch (verb) {
    case "instanceGroupManagers.resize":
      return { targetSize: body["size"] };
    case "instances.setTags":
      return { tags: body };
    case "instances.setMetadata":
      return { metadata: body };
    case "instances.setScheduling":
      return { scheduling: body };
    case "instances.start":
      return { status: "RUNNING" };
    case "disks.removeResourcePolicies":
      return { resourcePolicies: [] };
    case "disks.addResourcePolicies":
      return {
        resourcePolicies: [
          ...((before["resourcePolicies"] as string[]) ?? []),
          ...(body["resourcePolicies"] as string[]),
        ],
      };
    default:
      return body;
  }
}

function pathIn(url: string): string {
  return computePath(parseComputePath(url));
}

/** What the Kubernetes API would say: it answers once a machine is behind its address. */
export function kubernetesFacts(cloud: SmallCloud): Pick<Facts, "kubernetes"> {
  const grouped = [...cloud.members.values()].flat();
  if (grouped.length === 0) return {};
  const machines = [...cloud.resources.keys()].filter((path) => path.includes("/instances/"));
  const apiServers = machines.map((path) => path.split("/").at(-1) ?? "");
  return { kubernetes: { version: "v1.36.1", apiServers, nodes: [] } };
}

/** The kinds' facts, and the Kubernetes API's. */
export async function look(
  cloud: SmallCloud,
  kinds: Kinds,
  cluster: Cluster,
): Promise<{ seen: Map<string, readonly Named[]>; cluster: Cluster }> {
  const seen = new Map<string, readonly Named[]>();
  const { caHash, blockedZones } = cluster.facts;
  let facts: Facts = {
    ...(caHash === undefined ? {} : { caHash }),
    ...(blockedZones === undefined ? {} : { blockedZones }),
    ...kubernetesFacts(cloud),
  };
  for (const kind of kinds) {
    const observed = await kind.observe(cloud.reader, cluster);
    seen.set(kind.kind, observed);
    facts = { ...facts, ...kind.learn?.(observed, { ...cluster, facts }) };
  }
  return { seen, cluster: { ...cluster, facts } };
}
