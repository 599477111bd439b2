/** Sets of fields, as managedFields record who owns what: paths in, FieldsV1 trees out, and the differences of objects. */
import { createMemory } from "../../remembered.ts";
import { derived, idOf } from "../objects/common.ts";
import type { Dict } from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";
import { itemKey, listKind } from "./lists.ts";
import { isDict } from "./patches.ts";

/** A path is its FieldsV1 elements (`f:spec`, `k:{"name":"web"}`, `v:"x"`) joined by this. */
const SEPARATOR = "\u0000";
export type FieldSet = ReadonlySet<string>;

// Set by the server alone; no manager owns them.
const UNOWNED_METADATA = new Set([
  "name",
  "namespace",
  "generateName",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
]);

function join(path: string, element: string): string {
  return path === "" ? element : path + SEPARATOR + element;
}
export function elements(path: string): readonly string[] {
  return path.split(SEPARATOR);
}
export function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(ancestor + SEPARATOR);
}

/** Every leaf of an object, with its value; an item of a keyed list counts as a field of its own. */
export function leaves(object: Dict): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  walk(object, "", "", found);
  return found;
}
function walk(value: unknown, path: string, field: string, found: Map<string, unknown>): void {
  if (isDict(value)) {
    const entries = Object.entries(value).filter(([key, each]) => each !== undefined && !skipped(path, key));
    if (entries.length === 0 && path !== "") found.set(path, {});
    for (const [key, each] of entries) walk(each, join(path, `f:${key}`), key, found);
    return;
  }
  if (!Array.isArray(value)) return void found.set(path, value);
  const kind = listKind(field, value);
  if (kind.kind === "atomic") return void found.set(path, value);
  for (const item of value) {
    if (kind.kind === "set") found.set(join(path, `v:${JSON.stringify(item)}`), item);
    else {
      const at = join(path, `k:${JSON.stringify(itemKey(item, kind.keys))}`);
      found.set(join(at, "."), "");
      walk(item, at, "", found);
    }
  }
}
function skipped(path: string, key: string): boolean {
  if (path === "") return key === "apiVersion" || key === "kind";
  return path === "f:metadata" && UNOWNED_METADATA.has(key);
}

export function fieldsOf(object: Dict): FieldSet {
  return new Set(leaves(object).keys());
}

/** Fields whose value differs between two objects, or that only one of them has. */
export function changedFields(before: Dict, after: Dict): { set: FieldSet; removed: FieldSet } {
  const old = leaves(before);
  const now = leaves(after);
  const set = [...now].filter(([path, value]) => !old.has(path) || !sameValue(old.get(path), value));
  return {
    set: new Set(set.map(([path]) => path)),
    removed: new Set([...old.keys()].filter((path) => !now.has(path))),
  };
}
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((each, index) => sameValue(each, b[index]))
    );
  if (!isDict(a) || !isDict(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameValue(a[key], b[key]));
}

/** `{ "f:spec": { "f:replicas": {} } }` */
export function toTree(fields: FieldSet): Dict {
  const tree: Dict = {};
  for (const path of [...fields].sort()) {
    let at = tree;
    for (const element of elements(path)) {
      at[element] ??= {};
      at = at[element] as Dict;
    }
  }
  return tree;
}

/** The tree of all fields of an object, as `toTree(fieldsOf(object))`; parts that clusters have in common share theirs. */
export function treeOf(object: Dict): Dict {
  const branches = Object.entries(object)
    .filter(([key, value]) => value !== undefined && !skipped("", key))
    .map(
      ([key, value]): Branch => [`f:${key}`, key === "metadata" ? metadataTree(value) : branch(value, key)],
    );
  const key = branches.map(([element, below]) => `${element}=${below === undefined ? "" : idOf(below)}`);
  return roots(key.join("\n"), () => grown(branches) ?? LEAF);
}
/** By the branches that they have, so that whole trees are shared as well. */
const roots = createMemory<Dict>();
type Branch = readonly [element: string, below: Dict | undefined];
const LEAF: Dict = sealed({});

function grown(branches: readonly Branch[]): Dict | undefined {
  const present = branches.filter(([, below]) => below !== undefined);
  if (present.length === 0) return undefined;
  return sealed(Object.fromEntries(present.toSorted(([a], [b]) => (a < b ? -1 : 1))) as Dict);
}
function metadataTree(metadata: unknown): Dict | undefined {
  if (!isDict(metadata)) return branch(metadata, "metadata");
  const owned = Object.entries(metadata).filter(([key]) => !UNOWNED_METADATA.has(key));
  const names = owned.map(([key, value]) => `${key} ${namesIn(value)}`).join("\n");
  return metadataTrees(names, () => ({ tree: dictTree(Object.fromEntries(owned)) })).tree;
}
/** By the names in it, for a tree does not tell what the values are. */
const metadataTrees = createMemory<{ readonly tree: Dict | undefined }>();
function namesIn(value: unknown): string {
  const isFlat = isDict(value) && !Object.values(value).some((each) => typeof each === "object");
  return isFlat ? Object.keys(value).join(" ") : JSON.stringify(value);
}
/** Nothing when there is no field to own in it. */
function branch(value: unknown, field: string): Dict | undefined {
  if (isDict(value)) return knownDictTree(value);
  if (!Array.isArray(value)) return LEAF;
  const kind = listKind(field, value);
  if (kind.kind === "atomic") return LEAF;
  if (kind.kind === "set") return grown(value.map((item): Branch => [`v:${JSON.stringify(item)}`, LEAF]));
  const items = new Map<string, Dict>();
  for (const item of value) {
    const element = `k:${JSON.stringify(itemKey(item, kind.keys))}`;
    const below = isDict(item) ? knownDictTree(item) : undefined;
    // A list that names an item twice has the fields of both.
    items.set(element, union(items.get(element) ?? ITEM, below ?? LEAF));
  }
  return grown([...items]);
}
const ITEM: Dict = sealed({ ".": LEAF });
function union(one: Dict, other: Dict): Dict {
  const both = Object.entries(other).map(([element, below]): [string, Dict] => {
    const there = one[element] as Dict | undefined;
    return [element, there === undefined ? (below as Dict) : union(there, below as Dict)];
  });
  return grown(Object.entries({ ...one, ...Object.fromEntries(both) }) as [string, Dict][]) ?? LEAF;
}
function dictTree(value: Dict): Dict | undefined {
  const fields = Object.entries(value).filter(([, each]) => each !== undefined);
  if (fields.length === 0) return LEAF;
  return grown(fields.map(([key, each]): Branch => [`f:${key}`, branch(each, key)]));
}
const knownDictTree = derived(dictTree);

export function fromTree(tree: Dict): FieldSet {
  const fields = new Set<string>();
  const visit = (node: Dict, path: string) => {
    const entries = Object.entries(node);
    if (entries.length === 0 && path !== "") fields.add(path);
    for (const [element, below] of entries) visit(below as Dict, join(path, element));
  };
  visit(tree, "");
  return fields;
}

/** `.spec.template.spec.containers[name="web"].image`, as conflicts name a field. */
export function readable(path: string): string {
  return elements(path)
    .filter((element) => element !== ".")
    .map((element) => {
      if (element.startsWith("f:")) return `.${element.slice(2)}`;
      if (element.startsWith("v:")) return `[=${element.slice(2)}]`;
      const key = JSON.parse(element.slice(2)) as Dict;
      return `[${Object.entries(key)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`;
    })
    .join("");
}
