/** Resolves the links of a body to resources, and keeps the count of who refers to whom. */

import { remembered } from "../remembered.ts";
import { SmallSet } from "../small-set.ts";
import { inUse, invalid, notFound, notReady } from "./api-error.ts";
import type { JsonObject } from "./call.ts";
import { newestOfFamily } from "./image-families.ts";
import { asObject, asText, mapAt, valuesAt } from "./json.ts";
import { parsePath, relativePath } from "./links.ts";
import { upsert } from "./map-of.ts";
import type { Row } from "./row.ts";
import type { Kind, Reference, World } from "./world.ts";

const steps = new Map<string, readonly string[]>();
/** `backends.*.group` as a list of steps. */
export function stepsOf(at: string): readonly string[] {
  return upsert(steps, at, () => at.split("."));
}

/** Machine, disk and accelerator types are no rows: they are offered in every zone. */
function resolveOffer(world: World, link: string, path: string, field: string): string | undefined {
  const match = /\/zones\/([^/]+)\/(machineTypes|diskTypes|acceleratorTypes)\/([^/]+)$/.exec(path);
  if (match === null) return undefined;
  const [, zone = "", collection = "", name = ""] = match;
  const { catalogue } = world;
  const offered = {
    machineTypes: () => catalogue.machineType(name) !== undefined,
    diskTypes: () => catalogue.diskType(name) !== undefined,
    acceleratorTypes: () => catalogue.acceleratorTypes.some((type) => type.name === name),
  }[collection as "machineTypes" | "diskTypes" | "acceleratorTypes"];
  if (catalogue.zones.includes(zone) && offered()) return path;
  const noun = collection.replace("Types", " type");
  throw invalid(field, link, `The referenced ${noun} '${name}' does not exist in zone '${zone}'.`);
}

function resolveOne(world: World, link: string, reference: Reference, project: string): string {
  const field = `resource.${reference.at.replaceAll(".*", "[]")}`;
  if (reference.fullUrl === true && !/^https?:\/\//.test(link)) {
    throw invalid(field, link, "The URL is malformed. Must be a full URL.");
  }
  const path = relativePath(link, project, field);
  const offer = resolveOffer(world, link, path, field);
  if (offer !== undefined) return offerPath(offer);
  // gcloud names a family by its view in a zone.
  const family =
    /^projects\/([^/]+)\/(?:global\/images\/family|zones\/[^/]+\/imageFamilyViews)\/([^/]+)$/.exec(path);
  if (family !== null && reference.to.includes("images")) {
    const image = newestOfFamily(world, family[1] ?? "", family[2] ?? "");
    return reference.keepFamily === true ? path : image.path;
  }
  const located = parsePath(path);
  if (located === undefined || !reference.to.includes(located.collection)) {
    throw invalid(field, link, `The URL is malformed, or not of a ${reference.to.join(" or ")} resource.`);
  }
  const row = world.rows.find(located);
  if (row === undefined || row.state === "deleting") {
    if (reference.missing === "invalid") {
      const noun = world.kind(located.collection).noun;
      throw invalid(field, link, `The referenced ${noun} resource cannot be found.`);
    }
    throw notFound(path);
  }
  if (row.state === "creating") throw notReady(path);
  // The row's own text: a part of the link would hold on to the whole.
  return row.path;
}
/** All machines of a type name it by one text. */
const offerPath = remembered((path) => path.split("/").join("/"));

/** The body with every link as the relative path of a resource that exists. @throws ApiError */
export function resolveReferences(
  world: World,
  kind: Pick<Kind, "references">,
  body: JsonObject,
  project: string,
): JsonObject {
  let resolved = body;
  for (const reference of kind.references ?? []) {
    resolved = asObject(
      mapAt(resolved, stepsOf(reference.at), (link) => resolveOne(world, link, reference, project)),
    );
  }
  return resolved;
}

/** The body with relative paths as URLs. */
export function renderReferences(world: World, kind: Kind, body: JsonObject): JsonObject {
  let rendered = body;
  for (const reference of kind.references ?? []) {
    rendered = asObject(mapAt(rendered, stepsOf(reference.at), world.link));
  }
  return rendered;
}

function* targets(world: World, kind: Kind, body: JsonObject): Generator<Row> {
  for (const reference of kind.references ?? []) {
    if (reference.loose === true) continue;
    const path = stepsOf(reference.at).filter((step) => step !== "*");
    for (const value of valuesAt(body, path)) {
      const link = asText(value);
      const row = link === undefined ? undefined : world.rows.at(link);
      if (row !== undefined) yield row;
    }
  }
}

/** A field that is the same object links where it did. */
function changesLinks({ references = [] }: Kind, before: JsonObject, after: JsonObject): boolean {
  return references.some(({ at }) => {
    const [field = ""] = stepsOf(at);
    return before[field] !== after[field];
  });
}

/** Lets what `row` refers to know of it, after its body came or changed from `before`. */
export function holdReferences(world: World, row: Row, before: JsonObject | undefined): void {
  const kind = world.kind(row.collection);
  if (before !== undefined && !changesLinks(kind, before, row.body)) return;
  if (before !== undefined) dropReferences(world, row, before);
  for (const target of targets(world, kind, row.body)) {
    target.users ??= new SmallSet();
    target.users.add(row);
  }
}
export function dropReferences(world: World, row: Row, body: JsonObject): void {
  for (const target of targets(world, world.kind(row.collection), body)) target.users?.delete(row);
}

/** @throws ApiError 400 resourceInUseByAnotherResource when another refers to it */
export function checkUnused(world: World, row: Row): void {
  for (const user of row.users ?? []) throw inUse(world.kind(row.collection).noun, row.path, user.path);
}

/** URLs of those that refer to `row`, of one collection or all. */
export function usersOf(row: Row, collection?: string): readonly Row[] {
  const users = [...(row.users ?? [])];
  return collection === undefined ? users : users.filter((user) => user.collection === collection);
}
