/** What a path and a document may be, the same for every Store, checked before anything is sent. */
import { DOCUMENT_BYTES_MAX, type DocumentData, StoreError } from "../ports/store.ts";

/** Levels of maps and arrays. Source: cloud.google.com/firestore/quotas#limits. */
const DEPTH_MAX = 20;
/** Bytes of UTF-8 in an id. Source: the same. */
const ID_BYTES_MAX = 1_500;
/** Firestore keeps names between two underscores for itself. */
const RESERVED_NAME = /^__.*__$/;
/** Characters that would upset logs, or the order of paths. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/** Document paths alternate collection and document ids. @throws StoreError invalid */
export function checkDocumentPath(path: string): void {
  if (checkIds(path) % 2 !== 0) {
    throw new StoreError(
      "invalid",
      `${path} is the path of a collection: a document's has an even number of ids`,
    );
  }
}

/** @throws StoreError invalid */
export function checkCollectionPath(path: string): void {
  if (checkIds(path) % 2 !== 1) {
    throw new StoreError(
      "invalid",
      `${path} is the path of a document: a collection's has an odd number of ids`,
    );
  }
}

/** How many ids there are. @throws StoreError invalid */
export function checkIds(path: string): number {
  const ids = path.split("/");
  for (const id of ids) {
    const reason = idProblem(id);
    if (reason !== undefined)
      throw new StoreError("invalid", `path ${JSON.stringify(path)}: an id ${reason}`);
  }
  return ids.length;
}

function idProblem(id: string): string | undefined {
  if (id === "") return "is empty";
  if (id === "." || id === "..") return `may not be ${id}`;
  if (RESERVED_NAME.test(id)) return "may not begin and end with two underscores";
  if (CONTROL_CHARACTERS.test(id)) return "holds a control character";
  if (!id.isWellFormed()) return "holds half of a surrogate pair";
  if (Buffer.byteLength(id) > ID_BYTES_MAX) return `is longer than ${ID_BYTES_MAX} bytes`;
  return undefined;
}

/** A document as JSON text, a copy that later changes of `data` do not reach. @throws StoreError invalid */
export function encodeDocument(path: string, data: DocumentData): string {
  checkDocumentPath(path);
  const problem = isMap(data) ? mapProblem(data, 1) : { at: "", reason: "is not a map" };
  if (problem !== undefined) {
    throw new StoreError("invalid", `document ${path}: ${problem.at || "the data"} ${problem.reason}`);
  }
  const text = JSON.stringify(data);
  const bytes = Buffer.byteLength(text);
  if (bytes > DOCUMENT_BYTES_MAX) {
    throw new StoreError(
      "invalid",
      `document ${path} is ${bytes} bytes, at most ${DOCUMENT_BYTES_MAX} are allowed: split it into several documents`,
    );
  }
  return text;
}

interface Problem {
  readonly at: string;
  readonly reason: string;
}

function valueProblem(value: unknown, depth: number): Problem | undefined {
  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : here(`is ${value}, not JSON`);
  if (typeof value === "string")
    return value.isWellFormed() ? undefined : here("holds half of a surrogate pair");
  if (depth > DEPTH_MAX) return here(`lies deeper than ${DEPTH_MAX} levels`);
  if (Array.isArray(value)) return arrayProblem(value, depth);
  if (isMap(value)) return mapProblem(value, depth);
  return here(value === undefined ? "is undefined: leave it out" : "is not JSON");
}

function arrayProblem(items: readonly unknown[], depth: number): Problem | undefined {
  for (const [index, item] of items.entries()) {
    const problem = Array.isArray(item)
      ? here("is an array within an array, which Firestore cannot hold")
      : valueProblem(item, depth + 1);
    if (problem !== undefined) return under(String(index), problem);
  }
  return undefined;
}

function mapProblem(map: DocumentData, depth: number): Problem | undefined {
  for (const [name, value] of Object.entries(map)) {
    const problem = nameProblem(name) ?? valueProblem(value, depth + 1);
    if (problem !== undefined) return under(name, problem);
  }
  return undefined;
}

function nameProblem(name: string): Problem | undefined {
  if (name === "") return here("is a field without a name");
  if (!name.isWellFormed()) return here("holds half of a surrogate pair");
  return RESERVED_NAME.test(name) ? here("is a name between two underscores, which is reserved") : undefined;
}

/** A plain object, as JSON makes them. */
export function isMap(value: unknown): value is DocumentData {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
function here(reason: string): Problem {
  return { at: "", reason };
}
function under(name: string, { at, reason }: Problem): Problem {
  return { at: at === "" ? name : `${name}.${at}`, reason };
}

/** The path of the collection that a document is in. */
export function collectionOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** The last id of a path. */
export function lastId(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Why a transaction's read is refused. */
export function readAfterWrite(path: string): string {
  return `${path} is read after a write of the same transaction: read everything first, as Firestore wants it`;
}
