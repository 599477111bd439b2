/** What etcd holds for one cluster: objects by resource, one revision counter, and a bounded history for watches. */
import type { KubeObject, Pod } from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";

/** Changes remembered per resource; a watch from before them gets 410, as after a compaction. */
export const HISTORY_MAX = 1_000;

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";
export interface Change {
  readonly type: ChangeType;
  readonly revision: number;
  readonly object: KubeObject;
  /** What was stored before, for MODIFIED and DELETED. */
  readonly before: KubeObject | undefined;
}
export type Listener = (change: Change, resource: string) => void;

export interface Store {
  revision(): number;
  get<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined;
  /** Sorted by namespace and name, as etcd's keys are. */
  list<T extends KubeObject>(resource: string, namespace?: string): readonly T[];
  count(resource: string): number;
  /** Creates or replaces; answers the object with its new resourceVersion. Never changes the argument. */
  put<T extends KubeObject>(resource: string, object: T): T;
  remove(resource: string, object: KubeObject): KubeObject | undefined;
  podsOn(node: string): readonly Pod[];
  /** Objects that name `uid` among their owners. */
  dependents(uid: string): readonly { resource: string; object: KubeObject }[];
  /** Told of every change, in order and at once. The answer ends it. */
  subscribe(resource: string | "*", listener: Listener): () => void;
  /** Changes after `revision`, or undefined when they are no longer remembered. */
  since(resource: string, revision: number): readonly Change[] | undefined;
}

interface Shelf {
  readonly objects: Map<string, KubeObject>;
  /** Sorted; kept while objects only change. */
  keys: readonly string[] | undefined;
  sorted: readonly KubeObject[] | undefined;
  history: Change[];
  forgottenUpTo: number;
}

export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}
function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

function versioned<T extends KubeObject>(object: T, revision: number): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** Objects by something they point to, such as a pod's node. */
function createIndex() {
  const buckets = new Map<string, Map<string, { resource: string; object: KubeObject }>>();
  const id = (resource: string, object: KubeObject) => `${resource}/${keyOf(object)}`;
  return {
    drop(values: readonly string[], resource: string, object: KubeObject) {
      for (const value of values) {
        const bucket = buckets.get(value);
        bucket?.delete(id(resource, object));
        if (bucket?.size === 0) buckets.delete(value);
      }
    },
    add(values: readonly string[], resource: string, object: KubeObject) {
      for (const value of values) {
        const bucket = buckets.get(value) ?? new Map();
        bucket.set(id(resource, object), { resource, object });
        buckets.set(value, bucket);
      }
    },
    under: (value: string) => [...(buckets.get(value)?.values() ?? [])],
  };
}
function nodeOf(resource: string, object: KubeObject): readonly string[] {
  const node = resource === "pods" ? (object as Pod).spec.nodeName : undefined;
  return node === undefined || node === "" ? [] : [node];
}
function ownersOf(object: KubeObject): readonly string[] {
  return object.metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
}

export function createStore(): Store {
  let revision = 1;
  const shelves = new Map<string, Shelf>();
  const listeners = new Map<string, Set<Listener>>();
  const byNode = createIndex();
  const byOwner = createIndex();

  function shelfOf(resource: string): Shelf {
    const found = shelves.get(resource);
    if (found !== undefined) return found;
    const made: Shelf = {
      objects: new Map(),
      keys: undefined,
      sorted: undefined,
      history: [],
      forgottenUpTo: 0,
    };
    shelves.set(resource, made);
    return made;
  }
  function unindex(resource: string, object: KubeObject) {
    byNode.drop(nodeOf(resource, object), resource, object);
    byOwner.drop(ownersOf(object), resource, object);
  }
  function announce(resource: string, shelf: Shelf, change: Change) {
    if (change.type !== "MODIFIED") shelf.keys = undefined;
    shelf.sorted = undefined;
    shelf.history.push(change);
    if (shelf.history.length > 2 * HISTORY_MAX) {
      const dropped = shelf.history.splice(0, HISTORY_MAX);
      shelf.forgottenUpTo = dropped.at(-1)?.revision ?? shelf.forgottenUpTo;
    }
    for (const listener of [...(listeners.get(resource) ?? [])]) listener(change, resource);
    for (const listener of [...(listeners.get("*") ?? [])]) listener(change, resource);
  }
  function sorted(shelf: Shelf): readonly KubeObject[] {
    shelf.keys ??= [...shelf.objects.keys()].sort();
    shelf.sorted ??= shelf.keys.map((key) => shelf.objects.get(key)).filter((object) => object !== undefined);
    return shelf.sorted;
  }

  return {
    revision: () => revision,
    get: <T extends KubeObject>(resource: string, namespace: string | undefined, name: string) =>
      shelves.get(resource)?.objects.get(objectKey(namespace, name)) as T | undefined,
    list<T extends KubeObject>(resource: string, namespace?: string) {
      const shelf = shelves.get(resource);
      const all = shelf === undefined ? [] : sorted(shelf);
      return (namespace === undefined
        ? all
        : all.filter((object) => object.metadata.namespace === namespace)) as unknown as readonly T[];
    },
    count: (resource) => shelves.get(resource)?.objects.size ?? 0,
    put(resource, object) {
      const shelf = shelfOf(resource);
      const key = keyOf(object);
      const before = shelf.objects.get(key);
      revision += 1;
      const stored = sealed(versioned(object, revision));
      if (before !== undefined) unindex(resource, before);
      shelf.objects.set(key, stored);
      byNode.add(nodeOf(resource, stored), resource, stored);
      byOwner.add(ownersOf(stored), resource, stored);
      announce(resource, shelf, {
        type: before === undefined ? "ADDED" : "MODIFIED",
        revision,
        object: stored,
        before,
      });
      return stored;
    },
    remove(resource, object) {
      const shelf = shelfOf(resource);
      const before = shelf.objects.get(keyOf(object));
      if (before === undefined) return undefined;
      revision += 1;
      unindex(resource, before);
      shelf.objects.delete(keyOf(object));
      const last = sealed(versioned(before, revision));
      announce(resource, shelf, { type: "DELETED", revision, object: last, before });
      return last;
    },
    podsOn: (node) => byNode.under(node).map(({ object }) => object as Pod),
    dependents: (uid) => byOwner.under(uid),
    subscribe(resource, listener) {
      const set = listeners.get(resource) ?? new Set();
      set.add(listener);
      listeners.set(resource, set);
      return () => set.delete(listener);
    },
    since(resource, from) {
      const shelf = shelves.get(resource);
      if (shelf === undefined) return [];
      if (from < shelf.forgottenUpTo) return undefined;
      return shelf.history.filter((change) => change.revision > from);
    },
  };
}
