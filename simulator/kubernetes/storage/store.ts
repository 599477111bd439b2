/** What etcd holds for one cluster: objects by resource, one revision counter, and a bounded history for watches. */
import { SmallSet } from "../../small-set.ts";
import type { KubeObject, Pod } from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";
import { Contents, type Dependent } from "./contents.ts";
import { type Change, History } from "./history.ts";

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
  dependents(uid: string): readonly Dependent[];
  /** Told of every change, in order and at once. The answer ends it. */
  subscribe(resource: string | "*", listener: Listener): () => void;
  /** Changes after `revision`, or undefined when they are no longer remembered. */
  since(resource: string, revision: number): readonly Change[] | undefined;
  /** Forgets the changes up to `revision`. */
  compact(revision: number): void;
  /** Packs everything away until it is asked for again; nothing is remembered of what has changed. */
  sleep(): void;
}

function versioned<T extends KubeObject>(object: T, revision: number): T {
  return sealed({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
}

/** `used` is called whenever something is asked for or changed. */
export function createStore(used: () => void = () => {}): Store {
  let revision = 1;
  /** Nothing while it sleeps. */
  let contents: Contents | undefined = new Contents();
  /** As they were when it slept last; nothing when something has changed since. */
  let packed: Uint8Array | undefined;
  let compactedUpTo = 0;
  const histories = new Map<string, History>();
  const listeners = new Map<string, SmallSet<Listener>>();
  const everywhere = new SmallSet<Listener>();

  function open(): Contents {
    contents ??= packed === undefined ? new Contents() : Contents.unpacked(packed);
    used();
    return contents;
  }
  function historyOf(key: string): History {
    const found = histories.get(key) ?? new History(compactedUpTo);
    histories.set(key, found);
    return found;
  }
  function announce(key: string, change: Change) {
    historyOf(key).add(change);
    for (const listener of listeners.get(key) ?? []) listener(change, key);
    for (const listener of everywhere) listener(change, key);
  }

  return {
    revision: () => revision,
    get: <T extends KubeObject>(key: string, namespace: string | undefined, name: string) =>
      open().shelf(key)?.get(namespace, name) as T | undefined,
    list: <T extends KubeObject>(key: string, namespace?: string) =>
      (open().shelf(key)?.list(namespace) ?? []) as readonly T[],
    count: (key) => open().shelf(key)?.size ?? 0,
    put(key, object) {
      const opened = open();
      packed = undefined;
      revision += 1;
      const stored = versioned(object, revision);
      const before = opened.put(key, stored);
      const type = before === undefined ? "ADDED" : "MODIFIED";
      announce(key, { type, revision, object: stored, before });
      return stored;
    },
    remove(key, object) {
      const before = open().remove(key, object);
      if (before === undefined) return undefined;
      packed = undefined;
      revision += 1;
      const last = versioned(before, revision);
      announce(key, { type: "DELETED", revision, object: last, before });
      return last;
    },
    podsOn: (node) => open().podsOn(node),
    dependents: (uid) => open().dependents(uid),
    subscribe(key, listener) {
      const set = key === "*" ? everywhere : (listeners.get(key) ?? new SmallSet());
      if (key !== "*") listeners.set(key, set);
      set.add(listener);
      return () => set.delete(listener);
    },
    since: (key, from) => historyOf(key).since(from),
    compact(upTo) {
      for (const history of histories.values()) history.forget(upTo);
    },
    sleep() {
      if (contents === undefined) return;
      packed ??= contents.packed();
      contents = undefined;
      histories.clear();
      compactedUpTo = revision;
    },
  };
}
