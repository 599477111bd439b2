/** List methods: filter, order, pages and the per-scope maps of aggregated lists. */
import { invalid } from "./api-error.ts";
import type { Json, JsonObject } from "./call.ts";
import { type Filter, parseFilter } from "./filter.ts";
import { valuesAt } from "./json.ts";
import type { Scope } from "./links.ts";

/** Source: compute.proto, `max_results` of every list request: "Acceptable values are 0 to 500, inclusive. (Default: 500)" */
export const PAGE_ITEMS_MAX = 500;

/** Something that a list can hold. */
export interface Listed {
  readonly name: string;
  readonly scope: Scope;
  readonly createdMs: number;
}
/** What else a list must know of what it holds. */
export interface Lister<T extends Listed> {
  /** The whole resource; asked for only when needed. */
  render(item: T): JsonObject;
  labels?(item: T): Json | undefined;
}
export interface ListParams {
  readonly filter: Filter | undefined;
  readonly maxResults: number;
  readonly after: Position | undefined;
  readonly newestFirst: boolean;
}
interface Position {
  readonly scope: Scope;
  readonly name: string;
  readonly createdMs: number;
}

export function readListParams(params: Readonly<Record<string, string>>): ListParams {
  const { filter, maxResults, pageToken, orderBy } = params;
  if (maxResults !== undefined && !/^\d+$/.test(maxResults)) {
    throw invalid("maxResults", maxResults, `Must be an integer between 0 and ${PAGE_ITEMS_MAX}.`);
  }
  const count = Number(maxResults ?? PAGE_ITEMS_MAX);
  if (count > PAGE_ITEMS_MAX)
    throw invalid("maxResults", count, `Must be an integer between 0 and ${PAGE_ITEMS_MAX}.`);
  if (orderBy !== undefined && !["", "name", "creationTimestamp desc"].includes(orderBy)) {
    throw invalid("orderBy", orderBy, "Only 'name' and 'creationTimestamp desc' are supported.");
  }
  return {
    filter: filter === undefined || filter.trim() === "" ? undefined : parseFilter(filter),
    maxResults: count === 0 ? PAGE_ITEMS_MAX : count,
    after: pageToken === undefined || pageToken === "" ? undefined : readToken(pageToken),
    newestFirst: orderBy === "creationTimestamp desc",
  };
}

function writeToken(position: Position): string {
  return Buffer.from(JSON.stringify([position.scope, position.name, position.createdMs])).toString(
    "base64url",
  );
}
function readToken(token: string): Position {
  try {
    const [scope, name, createdMs] = JSON.parse(Buffer.from(token, "base64url").toString()) as [
      string,
      string,
      number,
    ];
    if (typeof scope === "string" && typeof name === "string") return { scope, name, createdMs };
  } catch {
    // Refused below like any other text that is no token of ours.
  }
  throw invalid("pageToken", token, "Page token is invalid.");
}

function matcher<T extends Listed>({ filter }: ListParams, lister: Lister<T>): (item: T) => boolean {
  if (filter === undefined) return () => true;
  let asked: T;
  let rendered: JsonObject | undefined;
  const valuesOf = (path: readonly string[]): readonly Json[] => {
    const [first] = path;
    if (first === "name" && path.length === 1) return [asked.name];
    const labels = first === "labels" ? lister.labels?.(asked) : undefined;
    if (labels !== undefined) return valuesAt(labels, path.slice(1));
    rendered ??= lister.render(asked);
    return valuesAt(rendered, path);
  };
  return (item) => {
    asked = item;
    rendered = undefined;
    return filter.matches(valuesOf);
  };
}

function inOrder(left: Position, right: Position, newestFirst: boolean): number {
  if (newestFirst && left.createdMs !== right.createdMs) return right.createdMs - left.createdMs;
  if (left.scope !== right.scope) return left.scope < right.scope ? -1 : 1;
  return left.name === right.name ? 0 : left.name < right.name ? -1 : 1;
}

export interface Page<T extends Listed> {
  readonly items: readonly T[];
  readonly render: (item: T) => JsonObject;
  readonly nextPageToken: string | undefined;
}
/** One page. `candidates` come in order of scope and name. */
export function takePage<T extends Listed>(
  candidates: Iterable<T>,
  params: ListParams,
  lister: Lister<T>,
): Page<T> {
  const { after, newestFirst, maxResults } = params;
  const { render } = lister;
  const source = newestFirst ? [...candidates].sort((left, right) => inOrder(left, right, true)) : candidates;
  const matches = matcher(params, lister);
  const items: T[] = [];
  for (const item of source) {
    if (after !== undefined && inOrder(item, after, newestFirst) <= 0) continue;
    if (!matches(item)) continue;
    const last = items.at(-1);
    if (items.length === maxResults && last !== undefined)
      return { items, render, nextPageToken: writeToken(last) };
    items.push(item);
  }
  return { items, render, nextPageToken: undefined };
}

export function listBody<T extends Listed>(
  type: string,
  place: string,
  page: Page<T>,
  link: (path: string) => string,
): JsonObject {
  return {
    kind: `compute#${type}`,
    id: place,
    ...(page.items.length === 0 ? {} : { items: page.items.map(page.render) }),
    ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
    selfLink: link(place),
  };
}

/** `items` maps every scope to its resources, or to a warning that it has none on this page. */
export function aggregatedBody<T extends Listed>(
  names: { readonly type: string; readonly collection: string; readonly project: string },
  scopes: readonly Scope[],
  page: Page<T>,
  link: (path: string) => string,
): JsonObject {
  const byScope = new Map<Scope, JsonObject[]>();
  for (const item of page.items) {
    const list = byScope.get(item.scope);
    if (list === undefined) byScope.set(item.scope, [page.render(item)]);
    else list.push(page.render(item));
  }
  const items: Record<string, JsonObject> = { ...nowhere(scopes) };
  for (const [scope, found] of byScope) items[scope] = { [names.collection]: found };
  const place = `projects/${names.project}/aggregated/${names.collection}`;
  return {
    kind: `compute#${names.type}`,
    id: place,
    items,
    ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
    selfLink: link(place),
  };
}
/** By the scopes of a kind, the items of a list without any: some hundred scopes are empty in each. */
const empty = new WeakMap<readonly Scope[], Readonly<Record<Scope, JsonObject>>>();
function nowhere(scopes: readonly Scope[]): Readonly<Record<Scope, JsonObject>> {
  const known = empty.get(scopes);
  if (known !== undefined) return known;
  const items = Object.fromEntries(scopes.map((scope) => [scope, noResults(scope)]));
  empty.set(scopes, items);
  return items;
}
function noResults(scope: Scope): JsonObject {
  return {
    warning: {
      code: "NO_RESULTS_ON_PAGE",
      message: `There are no results for scope '${scope}' on this page.`,
      data: [{ key: "scope", value: scope }],
    },
  };
}
