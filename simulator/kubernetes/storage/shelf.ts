/** The objects of one resource, sorted by namespace and name as etcd's keys are. */
import type { KubeObject } from "../objects/object.ts";

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
export class Shelf {
  #objects: KubeObject[] = [];
  #held = false;

  get(namespace = "", name: string): KubeObject | undefined {
    const at = this.#find(namespace, name);
    return at < 0 ? undefined : this.#objects[at];
  }
  /** A list stays as it was handed out, whatever is put afterwards. */
  list(namespace?: string): readonly KubeObject[] {
    this.#held = true;
    if (namespace === undefined) return this.#objects;
    return this.#objects.filter((object) => object.metadata.namespace === namespace);
  }
  get size(): number {
    return this.#objects.length;
  }
  /** @returns what was there before */
  put(object: KubeObject): KubeObject | undefined {
    const { namespace = "", name } = object.metadata;
    const at = this.#find(namespace, name);
    const before = at < 0 ? undefined : this.#objects[at];
    if (before === undefined) this.#own().splice(-at - 1, 0, object);
    else this.#own()[at] = object;
    return before;
  }
  remove(namespace = "", name: string): KubeObject | undefined {
    const at = this.#find(namespace, name);
    return at < 0 ? undefined : this.#own().splice(at, 1)[0];
  }

  /** Where it is, or, as a negative number less one, where it would be. */
  #find(namespace: string, name: string): number {
    let low = 0;
    let high = this.#objects.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const object = this.#objects[middle];
      const order = object === undefined ? 0 : compare(object, namespace, name);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return -low - 1;
  }
  #own(): KubeObject[] {
    if (this.#held) this.#objects = this.#objects.slice();
    this.#held = false;
    return this.#objects;
  }
}
