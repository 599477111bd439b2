/** The names of everything that a cluster consists of, derived from its own name and uid before any call is made (S1). */

/** RFC 1035 label, as Compute Engine wants it. */
export const NAME_PATTERN = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** Source: Compute Engine's rule for resource names. */
export const NAME_LENGTH_MAX = 63;
/** A managed group adds `-` and four random characters to it. Source: instanceGroupManagers.baseInstanceName. */
export const BASE_INSTANCE_NAME_LENGTH_MAX = 58;
/** Chosen so that a pool's template name, the longest of all, has exactly 63 characters. */
export const CLUSTER_NAME_LENGTH_MAX = 25;
export const UID_LENGTH = 6;
export const POOL_NAME_LENGTH_MAX = 20;
/** Hex digits of a template's content hash in its name. */
export const TEMPLATE_HASH_LENGTH = 7;

/** What names derive from; a `Cluster` is one. */
export interface Named {
  readonly uid: string;
  readonly spec: { readonly name: string };
}

export function prefixOf(cluster: Named): string {
  return `${cluster.spec.name}-${cluster.uid}`;
}

/** A cluster-wide thing by its role: `shop-ab12cd-api-internal`. */
export function roleName(cluster: Named, role: string): string {
  return `${prefixOf(cluster)}-${role}`;
}

export function controlPlaneMachineName(cluster: Named, member: number): string {
  return roleName(cluster, `cp-${member}`);
}
/** @returns nothing when it is not the name of one of the cluster's control-plane machines */
export function memberOfMachine(cluster: Named, name: string): number | undefined {
  return memberAfter(roleName(cluster, "cp-"), name);
}

export function etcdDiskName(cluster: Named, member: number): string {
  return roleName(cluster, `etcd-${member}`);
}
export function memberOfDisk(cluster: Named, name: string): number | undefined {
  return memberAfter(roleName(cluster, "etcd-"), name);
}

/** Unmanaged group of the control-plane machines of a zone: groups are zonal, so the zone's letter is in no other name. */
export function controlPlaneGroupName(cluster: Named): string {
  return roleName(cluster, "cp");
}

/** A pool's managed group and the base of its machines' names. The infix keeps a pool called `cp-0` apart. */
export function poolGroupName(cluster: Named, pool: string): string {
  return roleName(cluster, `n-${pool}`);
}
/** @returns nothing when it is not the name of a managed group of the cluster */
export function poolOfGroup(cluster: Named, name: string): string | undefined {
  const stem = poolGroupName(cluster, "");
  return name.startsWith(stem) && name.length > stem.length ? name.slice(stem.length) : undefined;
}
/** Named by content, for templates cannot change. */
export function templateName(cluster: Named, pool: string, hash: string): string {
  return `${poolGroupName(cluster, pool)}-${hash.slice(0, TEMPLATE_HASH_LENGTH)}`;
}

/** Network tag of all machines of the cluster. */
export function nodeTag(cluster: Named): string {
  return roleName(cluster, "node");
}
/** Network tag of its control-plane machines. */
export function controlPlaneTag(cluster: Named): string {
  return roleName(cluster, "control-plane");
}

/** The secret that holds the cluster's keys. */
export function pkiSecretName(cluster: Named): string {
  return roleName(cluster, "pki");
}

function memberAfter(stem: string, name: string): number | undefined {
  const rest = name.startsWith(stem) ? name.slice(stem.length) : "";
  return /^\d$/.test(rest) ? Number(rest) : undefined;
}

/** A machine's name is its cluster's, the uid, and a member or a pool's machine. */
const MACHINE_NAME = /-([a-z0-9]{6})(?=-(?:cp-\d$|n-))/g;

/** Whose machines could bear this name; several, for a cluster's own name may look so too. The owner's labels tell. */
export function ownersByMachineName(
  name: string,
): readonly { readonly name: string; readonly uid: string }[] {
  return [...name.matchAll(MACHINE_NAME)].flatMap(({ index, 1: uid = "" }) => {
    const cluster = name.slice(0, index);
    const fits = NAME_PATTERN.test(cluster) && cluster.length <= CLUSTER_NAME_LENGTH_MAX;
    return fits ? [{ name: cluster, uid }] : [];
  });
}
