/** Server-side apply: merge what a manager declares, remove what it no longer declares, refuse what others own. */
import { createMemory } from "../../remembered.ts";
import { common, derived, idOf } from "../objects/common.ts";
import type { Dict, KubeObject, ManagedFields } from "../objects/object.ts";
import { ApiError } from "../objects/status.ts";
import {
  changedFields,
  elements,
  type FieldSet,
  fromTree,
  leaves,
  readable,
  sameValue,
  toTree,
  treeOf,
} from "./fields.ts";
import { itemKey, listKind } from "./lists.ts";
import { isDict } from "./patches.ts";

export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly subresource: string | undefined;
  readonly apiVersion: string;
  /** RFC 3339. */
  readonly time: string;
}

interface Owner {
  readonly entry: ManagedFields;
  readonly fields: FieldSet;
}

function ownersOf(object: KubeObject): readonly Owner[] {
  return (object.metadata.managedFields ?? []).map((entry) => ({ entry, fields: fromTree(entry.fieldsV1) }));
}
function isManager({ entry }: Owner, manager: Manager): boolean {
  return (
    entry.manager === manager.name &&
    entry.operation === manager.operation &&
    (entry.subresource ?? undefined) === manager.subresource
  );
}
/** What was applied to many clusters in the same second has the same entry. */
const entryMemory = createMemory<ManagedFields>();

function entryOf(manager: Manager, fieldsV1: Dict): ManagedFields {
  const key = [manager.name, manager.operation, manager.apiVersion, manager.time, manager.subresource ?? ""];
  const make = (): ManagedFields => ({
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    time: manager.time,
    fieldsType: "FieldsV1",
    fieldsV1,
    ...(manager.subresource === undefined ? {} : { subresource: manager.subresource }),
  });
  return Object.isFrozen(fieldsV1) ? entryMemory(`${key.join("\n")}\n${idOf(fieldsV1)}`, make) : make();
}
function withoutFields(owners: readonly Owner[], gone: FieldSet): readonly Owner[] {
  return owners
    .map((owner) => {
      const fields = new Set([...owner.fields].filter((field) => !gone.has(field)));
      if (fields.size === owner.fields.size) return owner;
      return { entry: { ...owner.entry, fieldsV1: common(toTree(fields)) }, fields };
    })
    .filter(({ fields }) => fields.size > 0);
}
function entries(owners: readonly Owner[]): ManagedFields[] {
  return owners.map(({ entry }) => entry);
}

/** Who owns what after an ordinary create, update or patch: the writer owns what it changed. */
export function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  manager: Manager,
): ManagedFields[] {
  if (before === undefined && after.metadata.managedFields === undefined) return soleOwner(manager, after);
  const { set, removed } = changedFields(before ?? ({} as Dict), after);
  const owners = ownersOf(after);
  if (set.size === 0 && removed.size === 0) return entries(owners);
  const mine = owners.find((owner) => isManager(owner, manager));
  const others = owners.filter((owner) => owner !== mine);
  const kept = withoutFields(others, new Set([...set, ...removed]));
  const fields = new Set([...(mine?.fields ?? []), ...set].filter((field) => !removed.has(field)));
  return [...entries(kept), ...(fields.size === 0 ? [] : [entryOf(manager, common(toTree(fields)))])];
}
/** Of an object that has just come to be. */
function soleOwner(manager: Manager, object: KubeObject): ManagedFields[] {
  const tree = treeOf(object);
  return Object.keys(tree).length === 0 ? [] : [entryOf(manager, tree)];
}

interface Conflict {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly time: string | undefined;
  readonly field: string;
}

function conflictsOf(
  live: KubeObject,
  declared: ReadonlyMap<string, unknown>,
  others: readonly Owner[],
): Conflict[] {
  const values = leaves(live);
  return others.flatMap(({ entry, fields }) =>
    [...fields]
      .filter((field) => !field.endsWith(".") && declared.has(field))
      .filter((field) => values.has(field) && !sameValue(values.get(field), declared.get(field)))
      .map((field) => ({ ...entry, time: entry.time, field })),
  );
}
function conflictError(conflicts: readonly Conflict[]): ApiError {
  const describe = ({ manager, operation, apiVersion, time }: Conflict) =>
    operation === "Apply"
      ? `conflict with "${manager}"`
      : `conflict with "${manager}" using ${apiVersion}${time === undefined ? "" : ` at ${time}`}`;
  const causes = conflicts.map((each) => ({
    reason: "FieldManagerConflict",
    message: describe(each),
    field: readable(each.field),
  }));
  const [only] = conflicts;
  const fields = causes.map(({ message, field }) => `${message}: ${field}`);
  const text =
    conflicts.length === 1 && only !== undefined
      ? `${describe(only)}: ${readable(only.field)}`
      : `conflicts with ${[...new Set(conflicts.map(({ manager }) => `"${manager}"`))].join(", ")}:\n${fields.map((field) => `- ${field}`).join("\n")}`;
  const noun = conflicts.length === 1 ? "conflict" : "conflicts";
  return new ApiError(409, "Conflict", `Apply failed with ${conflicts.length} ${noun}: ${text}`, { causes });
}

/** What is declared of something that is not there yet; the same value, unless a list in it names an item twice. */
const mergedAnew = derived((declared: Dict): Dict => {
  let merged = declared;
  for (const [key, value] of Object.entries(declared)) {
    const made = merge(undefined, value, key);
    if (made !== value) merged = { ...merged, [key]: made };
  }
  return merged;
});

function merge(live: unknown, declared: unknown, field: string): unknown {
  if (isDict(declared)) {
    if (!isDict(live)) return mergedAnew(declared);
    const merged: Dict = { ...live };
    for (const [key, value] of Object.entries(declared)) merged[key] = merge(merged[key], value, key);
    return merged;
  }
  if (!Array.isArray(declared)) return declared;
  const before = Array.isArray(live) ? live : [];
  const kind = listKind(field, before, declared);
  if (kind.kind === "atomic") return declared;
  if (kind.kind === "set") return unlessSame(declared, [...new Set([...before, ...declared])]);
  const identity = (item: unknown) => JSON.stringify(itemKey(item, kind.keys));
  const merged = [...before];
  for (const item of declared) {
    const at = merged.findIndex((each) => identity(each) === identity(item));
    if (at < 0) merged.push(item);
    else merged[at] = merge(merged[at], item, "");
  }
  return unlessSame(declared, merged);
}
function unlessSame(list: readonly unknown[], other: readonly unknown[]): readonly unknown[] {
  return list.length === other.length && list.every((item, at) => item === other[at]) ? list : other;
}

/** Removes one leaf; an item of a keyed list goes with its `.`. */
function removeField(value: unknown, path: readonly string[], field: string): unknown {
  const [element = "", ...rest] = path;
  if (element.startsWith("f:") && isDict(value)) {
    const key = element.slice(2);
    if (rest.length === 0) return Object.fromEntries(Object.entries(value).filter(([each]) => each !== key));
    return value[key] === undefined ? value : { ...value, [key]: removeField(value[key], rest, key) };
  }
  if (!Array.isArray(value)) return value;
  if (element.startsWith("v:")) return value.filter((item) => JSON.stringify(item) !== element.slice(2));
  const kind = listKind(field, value);
  if (kind.kind !== "map") return value;
  const is = (item: unknown) => `k:${JSON.stringify(itemKey(item, kind.keys))}` === element;
  if (rest[0] === ".") return value.filter((item) => !is(item));
  return value.map((item) => (is(item) ? removeField(item, rest, "") : item));
}

/** The object after an apply. `live` is undefined when it does not exist yet. @throws ApiError 409 with every conflict */
export function apply(
  live: KubeObject | undefined,
  declared: KubeObject,
  manager: Manager,
  force: boolean,
): KubeObject {
  if (live === undefined) {
    const made = merge(undefined, declared, "") as KubeObject;
    return { ...made, metadata: { ...made.metadata, managedFields: soleOwner(manager, declared) } };
  }
  const wanted = leaves(declared);
  const fields: FieldSet = new Set(wanted.keys());
  const owners = ownersOf(live);
  const mine = owners.find((owner) => isManager(owner, manager));
  let others: readonly Owner[] = owners.filter((owner) => owner !== mine);
  const conflicts = conflictsOf(live, wanted, others);
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  others = withoutFields(others, new Set(conflicts.map(({ field }) => field)));
  let merged = merge(live, declared, "") as KubeObject;
  const owned = new Set(others.flatMap((owner) => [...owner.fields]));
  const dropped = [...(mine?.fields ?? [])].filter((field) => !fields.has(field) && !owned.has(field));
  // Items go before their leaves, so that a dropped item is not left behind empty.
  for (const path of dropped.sort((a, b) => Number(b.endsWith(".")) - Number(a.endsWith("."))))
    merged = removeField(merged, elements(path), "") as KubeObject;
  const mineNow = fields.size === 0 ? [] : [entryOf(manager, treeOf(declared))];
  const unchanged = mine !== undefined && fields.size === mine.fields.size && dropped.length === 0;
  const entry = unchanged
    ? mineNow.map((each) => ({
        ...each,
        ...(mine.entry.time === undefined ? {} : { time: mine.entry.time }),
      }))
    : mineNow;
  return { ...merged, metadata: { ...merged.metadata, managedFields: [...entry, ...entries(others)] } };
}
