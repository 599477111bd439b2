/** Takes what a cluster's documents say into the work of a pass: a new spec, a refusal, a deletion, a pass that died. */
import type { Document } from "../ports/store.ts";
import type { ClusterDocument, ClusterStatus, EventLine } from "../status/cluster-status.ts";
import type { Inbox } from "../status/inbox.ts";
import { acceptSpec, deletionWish } from "./accept.ts";
import { admit, confirmSpec, newStatus, refuseDeletion, refuseSpec, startDeleting } from "./admit.ts";
import type { Engine } from "./engine.ts";
import { takeInInbox } from "./inbox.ts";
import type { Lease } from "./lease.ts";
import { documentHash } from "./request-id.ts";
import type { Work } from "./work.ts";

export function takeIn(
  engine: Engine,
  id: string,
  document: Document<ClusterDocument> | undefined,
  current: ClusterStatus | undefined,
  inbox: Inbox | undefined,
  nowMs: number,
): Work {
  const seenHash = document === undefined ? "" : documentHash(document.data);
  const status = { ...(current ?? newStatus(engine.chance)), seenHash };
  const before = takeInInbox({ status, lines: interruption(current?.lease) }, inbox, nowMs);
  const acceptance = acceptSpec(id, document?.data, current, nowMs, engine.sharedNetworkProjects);
  const admitted = acceptance.verdict === "accepted" ? admit(before, acceptance, nowMs) : before;
  const wish = deletionWish(document?.data, admitted.status);
  if (wish.wish === "delete") return startDeleting(admitted, nowMs);
  if (wish.wish === "refused") return refuseDeletion(admitted, wish, nowMs);
  return acceptance.verdict === "refused"
    ? refuseSpec(admitted, acceptance, nowMs)
    : confirmSpec(admitted, nowMs);
}

/** A lease that was never released: its pass died, and what it had begun has no record of its own (S15). */
function interruption(lease: Lease | undefined): readonly EventLine[] {
  if (lease === undefined || lease.untilMs === 0) return [];
  const message = `pass ${lease.epoch} ended without a record; whatever it began is found and carried on`;
  return [{ level: "warning", verb: "interrupted", key: "cluster", message }];
}
