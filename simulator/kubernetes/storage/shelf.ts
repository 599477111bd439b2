/** The objects of one resource, sorted by namespace and name as etcd's keys are. */
import type { KubeObject } from "../objects/object.ts";

export interface Shelf {
  get(namespace: string | undefined, name: string): KubeObject | undefined;
  /** A list stays as it was handed out, whatever is put afterwards. */
  list(namespace?: string): readonly KubeObject[];
  size(): number;
  /** @returns what was there before */
  put(object: KubeObject): KubeObject | undefined;
  remove(namespace: string | undefined, name: string): KubeObject | undefined;
}

export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}
function compare(object: KubeObject, namespace: string, name: string): number {
  const own = object.metadata.namespace ?? "";
  // As the keys compare: the namespace ends with a slash, which comes after `-` and `.`.
  if (own !== namespace) return `${own}/` < `${namespace}/` ? -1 : 1;
  return object.metadata.name === name ? 0 : object.metadata.name < name ? -1 : 1;
}

/** One sorted list, which is copied only when somebody holds it: no key beside the objects' own names. */
export function createShelf(): Shelf {
  let objects: KubeObject[] = [];
  let held = false;

  /** Where it is, or, as a negative number less one, where it would be. */
  function find(namespace: string, name: string): number {
    let low = 0;
    let high = objects.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const object = objects[middle];
      const order = object === undefined ? 0 : compare(object, namespace, name);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return -low - 1;
  }
  function ownList(): KubeObject[] {
    if (held) objects = objects.slice();
    held = false;
    return objects;
  }
  return {
    get(namespace = "", name) {
      const at = find(namespace, name);
      return at < 0 ? undefined : objects[at];
    },
    list(namespace) {
      held = true;
      if (namespace === undefined) return objects;
      return objects.filter((object) => object.metadata.namespace === namespace);
    },
    size: () => objects.length,
    put(object) {
      const { namespace = "", name } = object.metadata;
      const at = find(namespace, name);
      const before = at < 0 ? undefined : objects[at];
      if (before === undefined) ownList().splice(-at - 1, 0, object);
      else ownList()[at] = object;
      return before;
    },
    remove(namespace = "", name) {
      const at = find(namespace, name);
      return at < 0 ? undefined : ownList().splice(at, 1)[0];
    },
  };
}
