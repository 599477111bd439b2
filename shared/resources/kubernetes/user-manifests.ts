/** Reads the YAML documents of `addons.manifests` into objects; what cannot be read is reported, never guessed. */
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "./object.ts";

export interface UserManifests {
  readonly objects: readonly KubernetesObject[];
  readonly problems: readonly { readonly key: string; readonly message: string }[];
}
/** Anchors that expand into anchors make kilobytes into gigabytes; real manifests use a handful. */
const ALIASES_MAX = 100;
/** A List of lists of lists is a joke. */
const LIST_DEPTH_MAX = 2;

/** Each string holds one or more YAML documents; a `List` stands for its items. */
export function userManifests(manifests: readonly string[]): UserManifests {
  const objects: KubernetesObject[] = [];
  const problems: { key: string; message: string }[] = [];
  for (const [index, text] of manifests.entries()) {
    for (const result of readManifest(text)) {
      if (typeof result !== "string") objects.push(result);
      else
        problems.push({
          key: `addons.manifests[${index}]`,
          message: `addons.manifests[${index}]: ${result}`,
        });
    }
  }
  return { objects, problems };
}

function readManifest(text: string): readonly (KubernetesObject | string)[] {
  try {
    // That no field is there twice was checked with the spec, faster than the library does.
    const documents = parseAllDocuments(text, { merge: false, uniqueKeys: false });
    if (!Array.isArray(documents)) return [];
    return documents.flatMap((document) => {
      const error = document.errors[0];
      if (error !== undefined) return [`not valid YAML: ${error.message.split("\n")[0]}`];
      return readObject(document.toJS({ maxAliasCount: ALIASES_MAX }), 0);
    });
  } catch (error) {
    return [`not readable: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function readObject(value: unknown, depth: number): readonly (KubernetesObject | string)[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object" || Array.isArray(value))
    return ["a document is not a map; each needs apiVersion, kind and metadata"];
  const { apiVersion, kind, metadata, items } = value as Record<string, unknown>;
  if (typeof apiVersion !== "string" || typeof kind !== "string")
    return ["a document has no apiVersion or no kind"];
  if (kind === "List" && Array.isArray(items) && depth < LIST_DEPTH_MAX) {
    return items.flatMap((item) => readObject(item, depth + 1));
  }
  const name =
    typeof metadata === "object" && metadata !== null
      ? (metadata as Record<string, unknown>)["name"]
      : undefined;
  if (typeof name !== "string" || name === "")
    return [`a ${kind} has no metadata.name (generateName would make a new one each time)`];
  const { spec } = value as { readonly spec?: { readonly ttlSecondsAfterFinished?: unknown } | null };
  if (kind === "Job" && spec?.ttlSecondsAfterFinished !== undefined) {
    return [
      `Job ${name} has ttlSecondsAfterFinished, so it would run again each time it is cleaned up; leave the field out`,
    ];
  }
  return [value as KubernetesObject];
}
