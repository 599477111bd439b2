/** Keeps a pool's labels and taints on its nodes, touching only keys that are ours: those of the spec, and those it had. */
import type { Taint } from "../../spec/cluster.ts";
import type { NodeGroup } from "./node-groups.ts";
import type { ServedNode, ServedTaint } from "./observe.ts";

/** JSON lists of what we have put on the node, so that what leaves the spec leaves the node, and nothing else does. */
export const LABELS_ANNOTATION = "clusterwright.dev/pool-labels";
export const TAINTS_ANNOTATION = "clusterwright.dev/pool-taints";

export interface NodePatch {
  readonly metadata: {
    readonly resourceVersion?: string;
    /** null takes a label away. */
    readonly labels?: Readonly<Record<string, string | null>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** A merge patch replaces the whole list: it holds strangers' taints too, and resourceVersion guards it. */
  readonly spec?: { readonly taints: readonly ServedTaint[] };
}

/** Undefined when the node is as the pool has it; else the patch and what it does, for people. */
export function marksPatch(
  group: NodeGroup,
  node: ServedNode,
): { readonly patch: NodePatch; readonly changes: string } | undefined {
  const labels = labelChanges(group, node);
  const taints = taintChanges(group, node);
  const records = recordChanges(group, node);
  if (labels === undefined && taints === undefined && records === undefined) return undefined;
  const { resourceVersion } = node.metadata;
  const patch = {
    metadata: {
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels === undefined ? {} : { labels }),
      ...(records === undefined ? {} : { annotations: records }),
    },
    ...(taints === undefined ? {} : { spec: { taints } }),
  };
  const changes = [
    ...Object.entries(labels ?? {}).map(([key, value]) =>
      value === null ? `label ${key} off` : `label ${key}=${value}`,
    ),
    ...(taints === undefined ? [] : ["taints"]),
  ];
  return {
    patch,
    changes: changes.length === 0 ? "a note of which labels and taints are the pool's" : changes.join(", "),
  };
}

function labelChanges(
  group: NodeGroup,
  { metadata }: ServedNode,
): Readonly<Record<string, string | null>> | undefined {
  const there = metadata.labels ?? {};
  const over = recorded(metadata.annotations, LABELS_ANNOTATION).filter(
    (key) => there[key] !== undefined && !Object.hasOwn(group.labels, key),
  );
  const missing = Object.entries(group.labels).filter(([key, value]) => there[key] !== value);
  if (over.length === 0 && missing.length === 0) return undefined;
  return Object.fromEntries([...over.map((key) => [key, null] as const), ...missing]);
}

function taintChanges(group: NodeGroup, { metadata, spec }: ServedNode): readonly ServedTaint[] | undefined {
  const there = spec?.taints ?? [];
  const had = recorded(metadata.annotations, TAINTS_ANNOTATION);
  const wanted = new Set(group.taints.map(taintKey));
  const over = there.filter((taint) => had.includes(taintKey(taint)) && !wanted.has(taintKey(taint)));
  const missing = group.taints.filter((taint) => !there.some((other) => sameTaint(taint, other)));
  if (over.length === 0 && missing.length === 0) return undefined;
  const kept = there.filter(
    (taint) => !over.includes(taint) && !missing.some((other) => taintKey(other) === taintKey(taint)),
  );
  return [...kept, ...missing.map(served)];
}
function served({ key, value, effect }: Taint): ServedTaint {
  return { key, ...(value === undefined ? {} : { value }), effect };
}
/** A node has at most one taint of a key and an effect. */
function taintKey({ key, effect }: { readonly key: string; readonly effect: string }): string {
  return `${key}:${effect}`;
}
function sameTaint(taint: Taint, other: ServedTaint): boolean {
  return taintKey(taint) === taintKey(other) && (taint.value ?? "") === (other.value ?? "");
}

function recordChanges(
  group: NodeGroup,
  { metadata }: ServedNode,
): Readonly<Record<string, string>> | undefined {
  const wanted = {
    [LABELS_ANNOTATION]: JSON.stringify(Object.keys(group.labels).sort()),
    [TAINTS_ANNOTATION]: JSON.stringify(group.taints.map(taintKey).sort()),
  };
  const stale = Object.entries(wanted).filter(([key, value]) => metadata.annotations?.[key] !== value);
  return stale.length === 0 ? undefined : Object.fromEntries(stale);
}
/** What cannot be read counts as nothing: it takes no label away. */
function recorded(
  annotations: Readonly<Record<string, string>> | undefined,
  name: string,
): readonly string[] {
  try {
    const value: unknown = JSON.parse(annotations?.[name] ?? "[]");
    return Array.isArray(value) ? value.filter((key) => typeof key === "string") : [];
  } catch {
    return [];
  }
}
