/** New and changed secrets, with Secret Manager's limits. */
import type { Json, JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";
import { crc32c } from "./crc32c.ts";
import type { StoredSecret, StoredVersion } from "./store.ts";

/** Source: https://cloud.google.com/secret-manager/quotas (64 KiB a version). */
export const PAYLOAD_BYTES_MAX = 64 * 1024;
/** Source: https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets. */
const LABELS_MAX = 64;
export const SECRET_ID = /^[A-Za-z0-9_-]{1,255}$/;
const LABEL_KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const LABEL_VALUE = /^[a-z0-9_-]{0,63}$/;
const MS_PER_SECOND = 1000;

/** @throws Refusal */
export function newSecret(nowMs: number, project: string, id: string, body: JsonObject): StoredSecret {
  if (!SECRET_ID.test(id))
    throw new Refusal(
      400,
      `The provided Secret ID [${id}] does not match the expected format [[a-zA-Z_0-9-]+].`,
    );
  const replication = body["replication"];
  if (!isObject(replication) || (!("automatic" in replication) && !("userManaged" in replication)))
    throw new Refusal(400, "secret.replication must be provided: { automatic: {} } or { userManaged: … }.");
  return {
    project,
    id,
    createdMs: nowMs,
    replication,
    labels: labels(body["labels"]),
    annotations: texts(body["annotations"]),
    versionAliases: texts(body["versionAliases"]),
    expiresAtMs: expiry(body, nowMs),
    bindings: [],
    policyRevision: 0,
    revision: nowMs,
    versions: [],
  };
}

/** @throws Refusal */
export function patchSecret(
  secret: StoredSecret,
  body: JsonObject,
  mask: readonly string[],
  nowMs: number,
): void {
  for (const path of mask) {
    switch (path) {
      case "labels":
        secret.labels = labels(body["labels"]);
        break;
      case "annotations":
        secret.annotations = texts(body["annotations"]);
        break;
      case "versionAliases":
      case "version_aliases":
        secret.versionAliases = texts(body["versionAliases"]);
        break;
      case "ttl":
      case "expireTime":
      case "expire_time":
        secret.expiresAtMs = expiry(body, nowMs);
        break;
      case "etag":
        break;
      default:
        throw new Refusal(400, `The simulated cloud cannot update the field ${path} of a secret.`);
    }
  }
  secret.revision += 1;
}

/** @throws Refusal */
export function addVersion(secret: StoredSecret, body: JsonObject, nowMs: number): StoredVersion {
  const given = body["payload"];
  const payload = isObject(given) ? given : {};
  const bytes = Buffer.from(String(payload["data"] ?? ""), "base64");
  if (bytes.length === 0) throw new Refusal(400, "Secret Payload cannot be empty.");
  if (bytes.length > PAYLOAD_BYTES_MAX)
    throw new Refusal(
      400,
      `The provided Secret Payload has ${bytes.length} bytes, more than the ${PAYLOAD_BYTES_MAX} bytes allowed.`,
    );
  const checksum = payload["dataCrc32c"];
  if (checksum !== undefined && String(checksum) !== String(crc32c(bytes)))
    throw new Refusal(400, "The provided checksum does not match the payload: it was corrupted on the way.");
  const version: StoredVersion = {
    number: secret.versions.length + 1,
    createdMs: nowMs,
    checksumGiven: checksum !== undefined,
    state: "ENABLED",
    destroyedMs: undefined,
    // Its own bytes: a small buffer is a slice of a larger one, and would keep it.
    payload: new Uint8Array(bytes),
    revision: nowMs,
  };
  secret.versions.push(version);
  return version;
}

export function accessedPayload(version: StoredVersion): JsonObject {
  return {
    data: Buffer.from(version.payload).toString("base64"),
    dataCrc32c: String(crc32c(version.payload)),
  };
}

function labels(value: Json | undefined): Readonly<Record<string, string>> {
  const map = texts(value);
  if (Object.keys(map).length > LABELS_MAX)
    throw new Refusal(400, `A secret may have at most ${LABELS_MAX} labels.`);
  for (const [key, label] of Object.entries(map))
    if (!LABEL_KEY.test(key) || !LABEL_VALUE.test(label))
      throw new Refusal(
        400,
        `Invalid label ${key}=${label}: keys begin with a lowercase letter, both hold lowercase letters, digits, _ and -, at most 63.`,
      );
  return map;
}

function expiry(body: JsonObject, nowMs: number): number | undefined {
  const { expireTime, ttl } = body;
  if (typeof ttl === "string") return nowMs + Number(ttl.slice(0, -1)) * MS_PER_SECOND;
  if (typeof expireTime !== "string") return undefined;
  const expiresAtMs = Date.parse(expireTime);
  if (expiresAtMs <= nowMs) throw new Refusal(400, "expireTime must be in the future.");
  return expiresAtMs;
}

function texts(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}
function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
