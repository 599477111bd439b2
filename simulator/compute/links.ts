/** Names of resources: relative paths (`projects/p/global/networks/n`), the URLs that clients send, and those we answer. */
import { invalid } from "./api-error.ts";

/** `global`, `regions/r` or `zones/z`; a project's own resources (zones, regions) live in the scope "". */
export type Scope = string;

/** Prefix of every link in an answer, unless the world is told another. */
export const LINK_PREFIX = "https://www.googleapis.com/compute/v1/";

export interface Place {
  readonly project: string;
  readonly scope: Scope;
}
export interface Located extends Place {
  readonly collection: string;
  readonly name: string;
}

export function pathOf({ project, scope, collection, name }: Located): string {
  // Joined, for the text of a template stays a tree of its parts.
  return ["projects", project, scope, collection, name].join("/");
}

/** A relative path taken apart, or nothing when it is not one. */
export function parsePath(path: string): Located | undefined {
  const match = /^projects\/([^/]+)\/(global|regions\/[^/]+|zones\/[^/]+)\/([A-Za-z]+)\/([^/]+)$/.exec(path);
  if (match === null) return undefined;
  const [, project = "", scope = "", collection = "", name = ""] = match;
  return { project, scope, collection, name };
}

/**
 * The relative path behind a full URL or a partial one (`global/networks/n`, `regions/r/subnetworks/s`).
 * @throws ApiError 400 invalid when it is neither
 */
export function relativePath(link: string, project: string, field: string): string {
  const tail = link
    .replace(/^https?:\/\/[^/]+\//, "")
    .replace(/^compute\/[a-z0-9]+\//, "")
    .replace(/^\//, "");
  if (tail.startsWith("projects/")) return tail;
  if (/^(global|regions\/[^/]+|zones\/[^/]+)\//.test(tail)) return `projects/${project}/${tail}`;
  throw invalid(field, link, "The URL is malformed.");
}

export function regionOf(scope: Scope): string {
  if (scope.startsWith("regions/")) return scope.slice("regions/".length);
  if (scope.startsWith("zones/")) return scope.slice("zones/".length).replace(/-[a-z]$/, "");
  return "global";
}
export function zoneOf(scope: Scope): string {
  return scope.startsWith("zones/") ? scope.slice("zones/".length) : "";
}
/** What comes after the last slash. */
export function lastSegment(link: string): string {
  return link.slice(link.lastIndexOf("/") + 1);
}
