/** The objects of one cluster with their indexes, and the way to pack them into a few bytes and back. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { SmallSet } from "../../small-set.ts";
import type { KubeObject, Pod } from "../objects/object.ts";
import { reshared } from "../objects/reshared.ts";
import { sealed } from "../objects/sealed.ts";
import { Shelf } from "./shelf.ts";

export interface Dependent {
  readonly resource: string;
  readonly object: KubeObject;
}

/** Objects by something that they point to, such as a pod's node. Each keeps its place until it is put anew. */
class Index {
  readonly #buckets = new Map<string, SmallSet<KubeObject>>();

  drop(values: readonly string[], object: KubeObject): void {
    for (const value of values) {
      const bucket = this.#buckets.get(value);
      bucket?.delete(object);
      if (bucket?.size === 0) this.#buckets.delete(value);
    }
  }
  add(values: readonly string[], object: KubeObject): void {
    for (const value of values) {
      const bucket = this.#buckets.get(value) ?? new SmallSet();
      if (bucket.size === 0) this.#buckets.set(value, bucket);
      bucket.add(object);
    }
  }
  under(value: string): readonly KubeObject[] {
    return [...(this.#buckets.get(value) ?? [])];
  }
}

const NOTHING: readonly string[] = [];
function nodeOf(resource: string, object: KubeObject): readonly string[] {
  const node = resource === "pods" ? (object as Pod).spec.nodeName : undefined;
  return node === undefined || node === "" ? NOTHING : [node];
}
function ownersOf(object: KubeObject): readonly string[] {
  return object.metadata.ownerReferences?.map(({ uid }) => uid) ?? NOTHING;
}
function kindOf({ apiVersion, kind }: KubeObject): string {
  return `${apiVersion}/${kind}`;
}

export class Contents {
  readonly #shelves = new Map<string, Shelf>();
  readonly #byNode = new Index();
  readonly #byOwner = new Index();
  /** Under which key objects of a kind are stored, of those that have owners. */
  readonly #byKind = new Map<string, string>();

  shelf(resource: string): Shelf | undefined {
    return this.#shelves.get(resource);
  }
  /** Answers what was there before. */
  put(resource: string, object: KubeObject): KubeObject | undefined {
    const shelf = this.#shelves.get(resource) ?? new Shelf();
    this.#shelves.set(resource, shelf);
    const before = shelf.put(object);
    if (before !== undefined) this.#drop(resource, before);
    this.#add(resource, object);
    return before;
  }
  remove(resource: string, object: KubeObject): KubeObject | undefined {
    const { namespace, name } = object.metadata;
    const before = this.#shelves.get(resource)?.remove(namespace, name);
    if (before !== undefined) this.#drop(resource, before);
    return before;
  }
  podsOn(node: string): readonly Pod[] {
    return this.#byNode.under(node) as readonly Pod[];
  }
  dependents(uid: string): readonly Dependent[] {
    const resourceOf = (object: KubeObject) => this.#byKind.get(kindOf(object)) ?? "";
    return this.#byOwner.under(uid).map((object) => ({ resource: resourceOf(object), object }));
  }

  #add(resource: string, object: KubeObject): void {
    this.#byNode.add(nodeOf(resource, object), object);
    const owners = ownersOf(object);
    if (owners.length === 0) return;
    this.#byOwner.add(owners, object);
    this.#byKind.set(kindOf(object), resource);
  }
  #drop(resource: string, object: KubeObject): void {
    this.#byNode.drop(nodeOf(resource, object), object);
    this.#byOwner.drop(ownersOf(object), object);
  }

  /** All objects as compressed text: about a tenth of what they take unpacked. */
  packed(): Uint8Array {
    const all = [...this.#shelves].map(([resource, shelf]) => [resource, shelf.list()]);
    // A copy, for a buffer may be a slice of a much larger one.
    return new Uint8Array(deflateRawSync(JSON.stringify(all)));
  }
  /** The contents that were packed. */
  static unpacked(bytes: Uint8Array): Contents {
    const contents = new Contents();
    const all = JSON.parse(inflateRawSync(bytes).toString()) as [string, KubeObject[]][];
    const objects = all.flatMap(([resource, list]) => list.map((object) => ({ resource, object })));
    // In the order of their last changes, as the indexes had them.
    objects.sort((a, b) => revisionOf(a.object) - revisionOf(b.object));
    for (const { resource, object } of objects) contents.put(resource, sealed(reshared(object)));
    return contents;
  }
}

function revisionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion);
}
