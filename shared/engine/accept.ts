/** Decides what a cluster document asks for: a new spec, the accepted one, a deletion, or something to refuse. Pure. */
import { forbiddenChanges } from "../spec/change.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import { type FieldError, fieldError, showValue } from "../spec/field-error.ts";
import { unsupported } from "../spec/support.ts";
import { validateCluster } from "../spec/validate.ts";
import type { ClusterDocument, ClusterStatus } from "../status/cluster-status.ts";
import type { Reason } from "../status/reasons.ts";
import { documentHash } from "./request-id.ts";

export type Acceptance =
  /** Nothing new; `errors` repeats nothing. */
  | { readonly verdict: "unchanged" }
  | { readonly verdict: "accepted"; readonly spec: ClusterSpec; readonly specHash: string }
  | { readonly verdict: "refused"; readonly reason: Reason; readonly errors: readonly FieldError[] };

/**
 * Bytes of an accepted spec as JSON, its defaults filled in: the status keeps it beside all else that it holds, within
 * DOCUMENT_BYTES_MAX of the store.
 */
export const SPEC_BYTES_MAX = 120_000;

/** A spec that is missing or does not validate leaves the accepted one in force (S14). */
export function acceptSpec(
  id: string,
  document: ClusterDocument | undefined,
  status: ClusterStatus | undefined,
  nowMs: number,
  sharedNetworkProjects: readonly string[] = [],
): Acceptance {
  if (document === undefined) return refuse("SpecMissing", [missing(id)]);
  const specHash = documentHash(document.spec ?? null);
  if (status?.accepted !== undefined && status.specHash === specHash) return { verdict: "unchanged" };
  const validation = validateCluster(document.spec, {
    nowMs,
    name: id,
    sharedNetworkProjects,
    ...(status?.accepted === undefined ? {} : { before: status.accepted }),
  });
  if (!validation.ok) return refuse("SpecInvalid", validation.errors);
  const { spec } = validation;
  const later = unsupported(spec);
  if (later.length > 0) return refuse("NotSupportedYet", later);
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes > SPEC_BYTES_MAX) return refuse("SpecInvalid", [tooLarge(bytes)]);
  const forbidden =
    status?.accepted === undefined
      ? []
      : forbiddenChanges(status.accepted, spec, status.pins.kubernetesVersion);
  if (forbidden.length > 0) return refuse("ChangeRefused", forbidden);
  return { verdict: "accepted", spec, specHash };
}

function refuse(reason: Reason, errors: readonly FieldError[]): Acceptance {
  return { verdict: "refused", reason, errors };
}
function missing(id: string): FieldError {
  const reason = `is gone (clusters/${id}), which is no request to delete the cluster`;
  return fieldError(
    [],
    undefined,
    reason,
    "write it again; to delete the cluster, give it a deletion that names its uid",
  );
}
function tooLarge(bytes: number): FieldError {
  const reason = `comes to ${bytes} bytes with its defaults, more than ${SPEC_BYTES_MAX}`;
  return fieldError([], undefined, reason, "install large manifests with kubectl, or use fewer pools");
}

export type DeletionWish =
  | { readonly wish: "none" }
  | { readonly wish: "delete" }
  | { readonly wish: "refused"; readonly reason: Reason; readonly message: string };

/** Deletion needs a tombstone that names the uid, and a spec that does not protect the cluster. */
export function deletionWish(document: ClusterDocument | undefined, status: ClusterStatus): DeletionWish {
  if (status.deleting) return { wish: "delete" };
  const tombstone = document?.deletion;
  if (tombstone === undefined || tombstone === null) return { wish: "none" };
  if (tombstone.uid !== status.uid) {
    const said = tombstone.uid === undefined ? "names no uid" : `names the uid ${shownUid(tombstone.uid)}`;
    const message = `The deletion ${said}, but this cluster's uid is ${status.uid}: write deletion.uid: ${status.uid} to delete it.`;
    return { wish: "refused", reason: "DeletionUidMismatch", message };
  }
  if (status.accepted?.deletionProtection === true) {
    const message =
      "The cluster is protected from deletion: set deletionProtection: false in its spec first.";
    return { wish: "refused", reason: "DeletionProtected", message };
  }
  return { wish: "delete" };
}

/** A tombstone is written by anybody, of any form and length. */
function shownUid(uid: unknown): string {
  return typeof uid === "string" && /^[a-z0-9]{6}$/.test(uid) ? uid : showValue(uid);
}
