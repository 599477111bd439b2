/** Server-side apply: merge what a manager declares, remove what it no longer declares, refuse what others own. */
import type { Dict, KubeObject, ManagedFields } from "../objects/object.ts";
import { ApiError } from "../objects/status.ts";
import {
  changedFields,
  elements,
  type FieldSet,
  fieldsOf,
  fromTree,
  leaves,
  readable,
  sameValue,
  toTree,
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
function entryOf(manager: Manager, fields: FieldSet): ManagedFields {
  return {
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    time: manager.time,
    fieldsType: "FieldsV1",
    fieldsV1: toTree(fields),
    ...(manager.subresource === undefined ? {} : { subresource: manager.subresource }),
  };
}
function withoutFields(owners: readonly Owner[], gone: FieldSet): readonly Owner[] {
  return owners
    .map(({ entry, fields }) => ({ entry, fields: new Set([...fields].filter((field) => !gone.has(field))) }))
    .filter(({ fields }) => fields.size > 0);
}
function entries(owners: readonly Owner[]): ManagedFields[] {
  return owners.map(({ entry, fields }) => ({ ...entry, fieldsV1: toTree(fields) }));
}

/** Who owns what after an ordinary create, update or patch: the writer owns what it changed. */
export function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  manager: Manager,
): ManagedFields[] {
  const { set, removed } = changedFields(before ?? ({} as Dict), after);
  const owners = ownersOf(after);
  if (set.size === 0 && removed.size === 0) return entries(owners);
  const mine = owners.find((owner) => isManager(owner, manager));
  const others = owners.filter((owner) => owner !== mine);
  const kept = withoutFields(others, new Set([...set, ...removed]));
  const fields = new Set([...(mine?.fields ?? []), ...set].filter((field) => !removed.has(field)));
  return [...entries(kept), ...(fields.size === 0 ? [] : [entryOf(manager, fields)])];
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

function merge(live: unknown, declared: unknown, field: string): unknown {
  if (isDict(declared)) {
    const merged: Dict = isDict(live) ? { ...live } : {};
    for (const [key, value] of Object.entries(declared)) merged[key] = merge(merged[key], value, key);
    return merged;
  }
  if (!Array.isArray(declared)) return declared;
  const before = Array.isArray(live) ? live : [];
  const kind = listKind(field, before, declared);
  if (kind.kind === "atomic") return declared;
  if (kind.kind === "set") return [...new Set([...before, ...declared])];
  const identity = (item: unknown) => JSON.stringify(itemKey(item, kind.keys));
  const merged = [...before];
  for (const item of declared) {
    const at = merged.findIndex((each) => identity(each) === identity(item));
    if (at < 0) merged.push(item);
    else merged[at] = merge(merged[at], item, "");
  }
  return merged;
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
  const wanted = leaves(declared);
  const fields = fieldsOf(declared);
  const owners = live === undefined ? [] : ownersOf(live);
  const mine = owners.find((owner) => isManager(owner, manager));
  let others: readonly Owner[] = owners.filter((owner) => owner !== mine);
  if (live !== undefined) {
    const conflicts = conflictsOf(live, wanted, others);
    if (conflicts.length > 0 && !force) throw conflictError(conflicts);
    others = withoutFields(others, new Set(conflicts.map(({ field }) => field)));
  }
  let merged = merge(live ?? {}, declared, "") as KubeObject;
  const owned = new Set(others.flatMap((owner) => [...owner.fields]));
  const dropped = [...(mine?.fields ?? [])].filter((field) => !fields.has(field) && !owned.has(field));
  // Items go before their leaves, so that a dropped item is not left behind empty.
  for (const path of dropped.sort((a, b) => Number(b.endsWith(".")) - Number(a.endsWith("."))))
    merged = removeField(merged, elements(path), "") as KubeObject;
  const mineNow = fields.size === 0 ? [] : [entryOf(manager, fields)];
  const unchanged = mine !== undefined && fields.size === mine.fields.size && dropped.length === 0;
  const entry =
    unchanged && live !== undefined
      ? mineNow.map((each) => ({
          ...each,
          ...(mine.entry.time === undefined ? {} : { time: mine.entry.time }),
        }))
      : mineNow;
  return { ...merged, metadata: { ...merged.metadata, managedFields: [...entry, ...entries(others)] } };
}
