/** All resources, indexed by project, collection and scope, and within those by name and by label. */
import { SmallSet } from "../small-set.ts";
import { asObject } from "./json.ts";
import type { Located, Scope } from "./links.ts";
import { upsert } from "./map-of.ts";
import { createNameIndex, type NameIndex } from "./name-index.ts";
import type { Row } from "./row.ts";

interface Shelf {
  readonly scopes: Map<Scope, NameIndex>;
  /** `key=value` to rows, over all scopes. */
  readonly labels: Map<string, SmallSet<Row>>;
}

export interface Rows {
  find(located: Located): Row | undefined;
  /** By relative path. */
  at(path: string): Row | undefined;
  add(row: Row): void;
  remove(row: Row): void;
  /** To be called around a change of body, as labels are indexed. */
  relabel(row: Row, before: unknown): void;
  scopes(project: string, collection: string): readonly Scope[];
  /** In order of name, those whose names begin with `prefix` and come after `after`. */
  inScope(project: string, collection: string, scope: Scope, prefix?: string, after?: string): Iterable<Row>;
  labelled(project: string, collection: string, key: string, value: string): Iterable<Row>;
  all(): Iterable<Row>;
}

export function createRows(): Rows {
  const projects = new Map<string, Map<string, Shelf>>();
  const byPath = new Map<string, Row>();

  function shelf(project: string, collection: string): Shelf | undefined {
    return projects.get(project)?.get(collection);
  }
  function shelfFor(row: Located): Shelf {
    const collections = upsert(projects, row.project, () => new Map<string, Shelf>());
    return upsert(collections, row.collection, () => ({ scopes: new Map(), labels: new Map() }));
  }
  function label(row: Row, labels: unknown, on: boolean): void {
    if (labels === undefined || labels === null) return;
    const index = shelfFor(row).labels;
    for (const [key, value] of Object.entries(labels)) {
      const entry = [key, String(value)].join("=");
      if (on) upsert(index, entry, () => new SmallSet<Row>()).add(row);
      else index.get(entry)?.delete(row);
      if (index.get(entry)?.size === 0) index.delete(entry);
    }
  }
  function find(located: Located): Row | undefined {
    return shelf(located.project, located.collection)?.scopes.get(located.scope)?.get(located.name);
  }
  return {
    find,
    at: (path) => byPath.get(path),
    add(row) {
      byPath.set(row.path, row);
      const { scopes } = shelfFor(row);
      upsert(scopes, row.scope, createNameIndex).add(row);
      label(row, row.body["labels"], true);
    },
    remove(row) {
      byPath.delete(row.path);
      const { scopes } = shelfFor(row);
      const names = scopes.get(row.scope);
      names?.delete(row.name);
      if (names?.size() === 0) scopes.delete(row.scope);
      label(row, row.body["labels"], false);
    },
    relabel(row, before) {
      if (before === row.body["labels"]) return;
      label(row, before, false);
      label(row, asObject(row.body["labels"]), true);
    },
    scopes(project, collection) {
      return [...(shelf(project, collection)?.scopes.keys() ?? [])].sort();
    },
    inScope(project, collection, scope, prefix = "", after = "") {
      return shelf(project, collection)?.scopes.get(scope)?.from(prefix, after) ?? [];
    },
    labelled(project, collection, key, value) {
      return shelf(project, collection)?.labels.get(`${key}=${value}`) ?? [];
    },
    *all() {
      for (const collections of projects.values()) {
        for (const { scopes } of collections.values()) {
          for (const names of scopes.values()) yield* names.from("", "");
        }
      }
    },
  };
}
