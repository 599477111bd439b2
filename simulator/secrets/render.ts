/** Secrets and versions as Secret Manager's REST JSON. */
import type { JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";
import type { StoredSecret, StoredVersion } from "./store.ts";

/** Source: https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/list. */
const PAGE_SIZE_MAX = 25_000;

export function secretName(secret: StoredSecret): string {
  return `projects/${secret.project}/secrets/${secret.id}`;
}
export function versionName(secret: StoredSecret, version: StoredVersion): string {
  return `${secretName(secret)}/versions/${version.number}`;
}

export function secretJson(secret: StoredSecret): JsonObject {
  return {
    name: secretName(secret),
    replication: secret.replication,
    createTime: new Date(secret.createdMs).toISOString(),
    ...unlessEmpty("labels", secret.labels),
    ...unlessEmpty("annotations", secret.annotations),
    ...unlessEmpty("versionAliases", secret.versionAliases),
    ...(secret.expiresAtMs === undefined ? {} : { expireTime: new Date(secret.expiresAtMs).toISOString() }),
    etag: `"${secret.revision}"`,
  };
}

export function versionJson(secret: StoredSecret, version: StoredVersion): JsonObject {
  return {
    name: versionName(secret, version),
    createTime: new Date(version.createdMs).toISOString(),
    ...(version.destroyedMs === undefined
      ? {}
      : { destroyTime: new Date(version.destroyedMs).toISOString() }),
    state: version.state,
    replicationStatus: { automatic: {} },
    etag: `"${version.revision}"`,
    ...(version.checksumGiven ? { clientSpecifiedPayloadChecksum: true } : {}),
  };
}

/** @throws Refusal for a page token that is not one of ours */
export function pageOf<T>(
  all: readonly T[],
  params: Readonly<Record<string, string>>,
): { readonly items: readonly T[]; readonly nextPageToken: { readonly nextPageToken?: string } } {
  const asked = Number(params["pageSize"] ?? 0);
  if (asked < 0) throw new Refusal(400, "page_size must not be negative.");
  const size = asked === 0 ? PAGE_SIZE_MAX : Math.min(asked, PAGE_SIZE_MAX);
  const start = Number(
    params["pageToken"] === undefined || params["pageToken"] === "" ? 0 : params["pageToken"],
  );
  if (!Number.isInteger(start) || start < 0) throw new Refusal(400, "The page token is invalid.");
  const more = start + size < all.length;
  return {
    items: all.slice(start, start + size),
    nextPageToken: more ? { nextPageToken: String(start + size) } : {},
  };
}

function unlessEmpty(name: string, map: Readonly<Record<string, string>>): JsonObject {
  return Object.keys(map).length === 0 ? {} : { [name]: map };
}
