/** Manifests of the spec are YAML documents that Kubernetes objects can be. */
import { type Document, isScalar, parseAllDocuments, visit } from "yaml";
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import type { RuleInput } from "./rule.ts";

/** Anchors that expand into anchors make kilobytes into gigabytes; real manifests use a handful. */
const ALIASES_MAX = 50;
const MESSAGE_LENGTH_MAX = 200;

export function checkManifests({ parsed }: RuleInput): FieldError[] {
  return parsed.addons.manifests.flatMap((text, index) =>
    checkManifest(["addons", "manifests", index], text),
  );
}

function checkManifest(path: Path, text: string): FieldError[] {
  const trouble = troubleWith(text);
  if (trouble === undefined) return [];
  return [
    fieldError(
      path,
      text,
      trouble,
      "write documents with apiVersion, kind and metadata.name, as for kubectl apply",
    ),
  ];
}

function troubleWith(text: string): string | undefined {
  try {
    // The library compares every key with every other one: seconds for thousands. `hasTwice` does not.
    const documents = parseAllDocuments(text, { prettyErrors: false, merge: false, uniqueKeys: false });
    if (!Array.isArray(documents) || documents.length === 0) return "holds no document";
    const error = documents.flatMap(({ errors }) => errors)[0];
    if (error !== undefined) return `is not YAML (${error.message.slice(0, MESSAGE_LENGTH_MAX)})`;
    if (documents.some(hasTwice)) return "has a field twice";
    const values: unknown[] = documents.map((document) => document.toJS({ maxAliasCount: ALIASES_MAX }));
    return values.every(isObject) ? undefined : "holds a document that is no Kubernetes object";
  } catch {
    return "is not YAML that can be read";
  }
}

/** Whether a map names a field twice. */
function hasTwice(document: Document): boolean {
  let found = false;
  visit(document, {
    Map: (_key, map) => {
      const keys = map.items.map(({ key }) => (isScalar(key) ? String(key.value) : key));
      found ||= new Set(keys).size < keys.length;
      return found ? visit.BREAK : undefined;
    },
  });
  return found;
}

/** What is empty between separators is left alone. */
function isObject(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== "object" || !("apiVersion" in value) || !("kind" in value)) return false;
  return typeof value.apiVersion === "string" && typeof value.kind === "string";
}
