/**
 * Compute Engine as the control plane needs it. Bodies are the REST API's JSON (camelCase, int64 as strings). A kind
 * is the REST collection; the scope chooses between its global, regional and zonal forms, so `healthChecks` in a region
 * is what the API calls regionHealthChecks. No call waits for an operation.
 */
import type { ComputeResources, ManagedInstance, Operation } from "./compute-types.ts";

export type ComputeKind = keyof ComputeResources;

/** `global`, `regions/europe-west4` or `zones/europe-west4-a`. */
export type Scope = "global" | `regions/${string}` | `zones/${string}`;

/** One resource. Its path is `projects/{project}/{scope}/{kind}/{name}`. */
export interface ComputeRef<K extends ComputeKind = ComputeKind> {
  readonly kind: K;
  readonly project: string;
  readonly scope: Scope;
  readonly name: string;
}

export function computePath(ref: ComputeRef): string {
  return `projects/${ref.project}/${ref.scope}/${ref.kind}/${ref.name}`;
}

/** `projects/p/zones/z/instances/i`, or a full URL that ends so. @throws RangeError when it is not a resource's path. */
export function parseComputePath(pathOrUrl: string): ComputeRef {
  const match = /projects\/([^/]+)\/(global|regions\/[^/]+|zones\/[^/]+)\/([A-Za-z]+)\/([^/?]+)$/.exec(
    pathOrUrl,
  );
  if (match === null) throw new RangeError(`not the path of a compute resource: ${pathOrUrl}`);
  const [, project, scope, kind, name] = match as unknown as [string, string, Scope, ComputeKind, string];
  return { kind, project, scope, name };
}

/** Custom verbs that change something, as `{kind}.{verb}`; the same name serves the zonal and the regional form. */
export const COMPUTE_VERBS = [
  "addresses.setLabels",
  "disks.addResourcePolicies",
  "disks.removeResourcePolicies",
  "disks.resize",
  "disks.setLabels",
  /** Replaces the whole rule: a merge patch cannot send the empty list that takes sources away. */
  "firewalls.update",
  "forwardingRules.setLabels",
  "forwardingRules.setTarget",
  "instanceGroupManagers.abandonInstances",
  "instanceGroupManagers.applyUpdatesToInstances",
  "instanceGroupManagers.createInstances",
  "instanceGroupManagers.deleteInstances",
  "instanceGroupManagers.recreateInstances",
  "instanceGroupManagers.resize",
  "instanceGroupManagers.setInstanceTemplate",
  "instanceGroups.addInstances",
  "instanceGroups.removeInstances",
  "instanceGroups.setNamedPorts",
  "instances.attachDisk",
  "instances.detachDisk",
  "instances.reset",
  "instances.setDeletionProtection",
  "instances.setLabels",
  "instances.setMachineType",
  "instances.setMetadata",
  "instances.setScheduling",
  "instances.setServiceAccount",
  "instances.setTags",
  "instances.start",
  "instances.stop",
  "subnetworks.expandIpCidrRange",
  "subnetworks.setPrivateIpGoogleAccess",
] as const;
export type ComputeVerb = (typeof COMPUTE_VERBS)[number];

export interface ListRequest<K extends ComputeKind> {
  readonly kind: K;
  readonly project: string;
  /** `everywhere` is the aggregated list: all zones and regions (and global, for kinds that have both). */
  readonly scope: Scope | "everywhere";
  /** The API's filter, e.g. `labels.clusterwright-uid=ab12`. */
  readonly filter?: string;
  /** Only those whose name begins with one of these. */
  readonly namePrefixes?: readonly string[];
}

/** Prefixes in one filter: some 30 bytes each, so that a URL stays short. More are looked for in a list of all. */
const PREFIXES_IN_FILTER_MAX = 40;

/** The filter as the API takes it. It may let more through than was asked for: see `hasPrefix`. */
export function filterOf({ filter, namePrefixes }: ListRequest<ComputeKind>): string | undefined {
  if (namePrefixes === undefined || namePrefixes.length > PREFIXES_IN_FILTER_MAX) return filter;
  const [only] = namePrefixes;
  const names = namePrefixes.length === 1 ? `${only}.*` : `(${namePrefixes.join("|")}).*`;
  return `name eq "${names}"`;
}

export function hasPrefix({ namePrefixes }: ListRequest<ComputeKind>, name: string): boolean {
  return namePrefixes?.some((prefix) => name.startsWith(prefix)) ?? true;
}

/** Reads. @throws CloudError from all of them */
export interface ComputeReader {
  /** All pages. May lag behind: never conclude "absent" from a list, `get` it. */
  list<K extends ComputeKind>(request: ListRequest<K>): Promise<readonly ComputeResources[K][]>;
  /** @returns nothing when it does not exist */
  get<K extends ComputeKind>(ref: ComputeRef<K>): Promise<ComputeResources[K] | undefined>;
  /** The newest image of a family that is not deprecated. @throws CloudError not-found */
  imageFromFamily(project: string, family: string): Promise<ComputeResources["images"]>;
  /** URLs of the members of an unmanaged group. */
  groupMembers(group: ComputeRef<"instanceGroups">): Promise<readonly string[]>;
  managedInstances(group: ComputeRef<"instanceGroupManagers">): Promise<readonly ManagedInstance[]>;
  /** The serial console, port 1. `start` continues from an earlier `next`. */
  serialOutput(
    instance: ComputeRef<"instances">,
    start?: number,
  ): Promise<{ readonly contents: string; readonly next: number }>;
  /** By path (`projects/p/zones/z/operations/o`). Those that are gone are left out. DONE is not success: see `error`. */
  operations(project: string, paths: readonly string[]): Promise<readonly Operation[]>;
}

/**
 * Mutations. Each resolves once accepted, not once done; repeating one with its `requestId` (a non-zero UUID) is
 * harmless and answers the same operation. @throws CloudError from all of them
 */
export interface ComputeWriter {
  insert<K extends ComputeKind>(
    ref: ComputeRef<K>,
    body: ComputeResources[K],
    requestId: string,
  ): Promise<Operation>;
  /** Merge patch; kinds with a fingerprint want it in the body. @throws CloudError stale */
  patch<K extends ComputeKind>(
    ref: ComputeRef<K>,
    body: Partial<ComputeResources[K]>,
    requestId: string,
  ): Promise<Operation>;
  delete(ref: ComputeRef, requestId: string): Promise<Operation>;
  /** The verb's request body as in the REST API. */
  call(
    verb: ComputeVerb,
    ref: ComputeRef,
    body: Readonly<Record<string, unknown>>,
    requestId: string,
  ): Promise<Operation>;
}

export type Compute = ComputeReader & ComputeWriter;
