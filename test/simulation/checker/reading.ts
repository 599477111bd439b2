/** Reads calls and documents as an outsider: nothing here asks the code under test. */
import type { SimulatedCloud } from "../../../simulator/cloud.ts";
import type { Commit, ObservedCall } from "../observer.ts";

/** A change that a process asks of Compute Engine or Secret Manager. */
export interface Mutation {
  readonly verb: string;
  /** `projects/p/zones/z/instances/i`, `projects/p/secrets/s` */
  readonly path: string;
  readonly collection: string;
  readonly name: string;
  readonly body: unknown;
  readonly requestId: string | undefined;
}

interface Ref {
  readonly kind: string;
  readonly project: string;
  readonly scope: string;
  readonly name: string;
}

export function mutationOf(call: ObservedCall): Mutation | undefined {
  if (!call.mutates) return undefined;
  if (call.port === "secrets") {
    const [project, name] = call.args as readonly [string, string];
    const body = call.method === "create" ? { labels: call.args[3] } : undefined;
    const path = `projects/${project}/secrets/${name}`;
    return { verb: call.method, path, collection: "secrets", name, body, requestId: undefined };
  }
  if (call.port !== "compute") return undefined;
  const isVerb = call.method === "call";
  const [ref, body] = (isVerb ? call.args.slice(1) : call.args) as readonly [Ref, unknown];
  return {
    verb: isVerb ? String(call.args[0]) : call.method,
    path: `projects/${ref.project}/${ref.scope}/${ref.kind}/${ref.name}`,
    collection: ref.kind,
    name: ref.name,
    body: typeof body === "string" ? undefined : body,
    requestId: call.args.findLast((arg) => typeof arg === "string"),
  };
}

const MARKER = /^clusterwright cluster=([a-z0-9-]+) uid=([a-z0-9]{6})\b/;
/** The uid that a resource's body is marked with, by its description or its labels. */
export function markedUid(body: unknown): string | undefined {
  const { description, labels } = (body ?? {}) as {
    readonly description?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  return MARKER.exec(description ?? "")?.[2] ?? labels?.["clusterwright-uid"];
}
/** Of `shop-ab12cd-network`. */
export function uidInName(name: string): string | undefined {
  return /^[a-z][-a-z0-9]*?-([a-z0-9]{6})-/.exec(name)?.[1];
}

/** The world's own row of a resource, not an answer to a call. */
export function rowAt(cloud: SimulatedCloud, path: string) {
  return cloud.compute.world.rows.at(path);
}

/** As far as the checker reads a status document. */
export interface SeenStatus {
  readonly uid: string;
  readonly generation: number;
  readonly readyGeneration: number;
  readonly phase: string;
  readonly deleting: boolean;
  readonly wakeAtMs: number | null;
  readonly accepted?: {
    readonly controlPlane: { readonly replicas: number };
    readonly nodePools: readonly SeenPool[];
    readonly maintenance?: {
      readonly maxDisruptions?: number;
      readonly exclusions?: readonly { readonly from: string; readonly to: string; readonly scope: string }[];
    };
  };
  readonly conditions?: readonly {
    readonly type: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly care?: {
    readonly lostMs: number | null;
    readonly commands?: readonly { readonly operation: string }[];
    readonly pauses: readonly { readonly pool?: string; readonly untilMs?: number }[];
    readonly storms: readonly {
      readonly scope: string;
      readonly sinceMs: number;
      readonly endedMs: number | null;
    }[];
    readonly incidents: readonly { readonly machine: string; readonly instanceId: string }[];
    readonly repairs: readonly {
      readonly machine: string;
      readonly instanceId: string;
      readonly atMs: number;
      readonly reason: string;
    }[];
  };
  readonly lease?: {
    readonly holder: string;
    readonly untilMs: number;
    readonly epoch: number;
    readonly dirty: boolean;
  };
}
export interface SeenPool {
  readonly name: string;
  readonly size: number | { readonly min: number; readonly max: number };
  readonly upgrade: {
    readonly maxSurge: number | string;
    readonly maxUnavailable: number | string;
    readonly onDrainTimeout: string;
    readonly strategy?: string;
    readonly probe?: { readonly namespace: string; readonly name: string };
    readonly blueGreen?: { readonly batch: number | string };
  };
}

/** The cluster whose status document this is. */
export function statusIn(path: string): string | undefined {
  return /^clusters\/([^/]+)\/status\/current$/.exec(path)?.[1];
}
/** Keeps the status of each cluster as it was written last. */
export function follow(statuses: Map<string, SeenStatus>, { path, data }: Commit): void {
  const cluster = statusIn(path);
  if (cluster === undefined) return;
  if (data === undefined) statuses.delete(cluster);
  else statuses.set(cluster, data as SeenStatus);
}
export function eventsIn(path: string): string | undefined {
  return /^clusters\/([^/]+)\/events\//.exec(path)?.[1];
}
