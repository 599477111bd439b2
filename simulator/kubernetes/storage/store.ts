/** What etcd holds for one cluster: objects by resource, one revision counter, and a bounded history for watches. */

import { SmallSet } from "../../small-set.ts";
import type { KubeObject, Pod } from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";
import { type Change, History } from "./history.ts";
import { Shelf } from "./shelf.ts";

export type Listener = (change: Change, resource: string) => void;

export interface Store {
  revision(): number;
  get<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined;
  /** Sorted by namespace and name, as etcd's keys are. */
  list<T extends KubeObject>(resource: string, namespace?: string): readonly T[];
  count(resource: string): number;
  /** Creates or replaces; answers the object with its new resourceVersion, sealed. */
  put<T extends KubeObject>(resource: string, object: T): T;
  remove(resource: string, object: KubeObject): KubeObject | undefined;
  podsOn(node: string): readonly Pod[];
  /** Objects that name `uid` among their owners. */
  dependents(uid: string): readonly { resource: string; object: KubeObject }[];
  /** Told of every change, in order and at once. The answer ends it. */
  subscribe(resource: string | "*", listener: Listener): () => void;
  /** Changes after `revision`, or undefined when they are no longer remembered. */
  since(resource: string, revision: number): readonly Change[] | undefined;
  /** Forgets the changes up to `revision`. Says whether others are left. */
  compact(revision: number): boolean;
}

interface Resource {
  readonly shelf: Shelf;
  readonly history: History;
  readonly listeners: SmallSet<Listener>;
}

/** Objects by something that they point to, such as a pod's node. Each keeps its place until it is put anew. */
function createIndex(valuesOf: (resource: string, object: KubeObject) => readonly string[]) {
  const buckets = new Map<string, SmallSet<KubeObject>>();
  return {
    drop(resource: string, object: KubeObject) {
      for (const value of valuesOf(resource, object)) {
        const bucket = buckets.get(value);
        bucket?.delete(object);
        if (bucket?.size === 0) buckets.delete(value);
      }
    },
    add(resource: string, object: KubeObject) {
      for (const value of valuesOf(resource, object)) {
        const bucket = buckets.get(value) ?? new SmallSet();
        if (bucket.size === 0) buckets.set(value, bucket);
        bucket.add(object);
      }
    },
    under: (value: string): readonly KubeObject[] => [...(buckets.get(value) ?? [])],
  };
}
const NOTHING: readonly string[] = [];
function nodeOf(resource: string, object: KubeObject): readonly string[] {
  const node = resource === "pods" ? (object as Pod).spec.nodeName : undefined;
  return node === undefined || node === "" ? NOTHING : [node];
}
function ownersOf(_resource: string, object: KubeObject): readonly string[] {
  return object.metadata.ownerReferences?.map(({ uid }) => uid) ?? NOTHING;
}

function kindOf({ apiVersion, kind }: KubeObject): string {
  return `${apiVersion}/${kind}`;
}

function versioned<T extends KubeObject>(object: T, revision: number): T {
  return sealed({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
}

export function createStore(): Store {
  let revision = 1;
  const resources = new Map<string, Resource>();
  const everywhere = new SmallSet<Listener>();
  const byNode = createIndex(nodeOf);
  const byOwner = createIndex(ownersOf);
  /** Under which key objects of a kind are stored. */
  const byKind = new Map<string, string>();

  function resourceOf(key: string): Resource {
    const found = resources.get(key);
    if (found !== undefined) return found;
    const made = { shelf: new Shelf(), history: new History(), listeners: new SmallSet<Listener>() };
    resources.set(key, made);
    return made;
  }
  function announce(key: string, { history, listeners }: Resource, change: Change) {
    history.add(change);
    for (const listener of listeners) listener(change, key);
    for (const listener of everywhere) listener(change, key);
  }

  return {
    revision: () => revision,
    get: <T extends KubeObject>(key: string, namespace: string | undefined, name: string) =>
      resources.get(key)?.shelf.get(namespace, name) as T | undefined,
    list: <T extends KubeObject>(key: string, namespace?: string) =>
      (resources.get(key)?.shelf.list(namespace) ?? []) as readonly T[],
    count: (key) => resources.get(key)?.shelf.size ?? 0,
    put(key, object) {
      const resource = resourceOf(key);
      revision += 1;
      const stored = versioned(object, revision);
      const before = resource.shelf.put(stored);
      if (before !== undefined) {
        byNode.drop(key, before);
        byOwner.drop(key, before);
      }
      byNode.add(key, stored);
      byOwner.add(key, stored);
      if (stored.metadata.ownerReferences !== undefined) byKind.set(kindOf(stored), key);
      const type = before === undefined ? "ADDED" : "MODIFIED";
      announce(key, resource, { type, revision, object: stored, before });
      return stored;
    },
    remove(key, object) {
      const resource = resourceOf(key);
      const before = resource.shelf.remove(object.metadata.namespace, object.metadata.name);
      if (before === undefined) return undefined;
      revision += 1;
      byNode.drop(key, before);
      byOwner.drop(key, before);
      const last = versioned(before, revision);
      announce(key, resource, { type: "DELETED", revision, object: last, before });
      return last;
    },
    podsOn: (node) => byNode.under(node) as readonly Pod[],
    dependents: (uid) =>
      byOwner.under(uid).map((object) => ({ resource: byKind.get(kindOf(object)) ?? "", object })),
    subscribe(key, listener) {
      const listeners = key === "*" ? everywhere : resourceOf(key).listeners;
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    since: (key, from) => (resources.has(key) ? resourceOf(key).history.since(from) : []),
    compact(upTo) {
      for (const { history } of resources.values()) history.forget(upTo);
      return [...resources.values()].some(({ history }) => history.size > 0);
    },
  };
}
