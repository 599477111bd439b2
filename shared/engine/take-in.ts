/** Takes what a cluster's documents say into the work of a pass: a new spec, a refusal, a deletion, a pass that died. */
import type { Document } from "../ports/store.ts";
import type { ClusterDocument, ClusterStatus, EventLine } from "../status/cluster-status.ts";
import type { Inbox } from "../status/inbox.ts";
import { acceptSpec, deletionWish } from "./accept.ts";
import { admit, confirmSpec, newStatus, refuseDeletion, refuseSpec, startDeleting } from "./admit.ts";
import { editForCommands, editsBegun, settleCommands } from "./commands.ts";
import type { Engine } from "./engine.ts";
import { takeInInbox } from "./inbox.ts";
import type { Lease } from "./lease.ts";
import { documentHash } from "./request-id.ts";
import type { Work } from "./work.ts";

export function takeIn(
  engine: Engine,
  id: string,
  found: Document<ClusterDocument> | undefined,
  current: ClusterStatus | undefined,
  inbox: Inbox | undefined,
  nowMs: number,
): Work {
  const work = { status: current ?? newStatus(engine.chance), lines: interruption(current?.lease) };
  const told = settleCommands(takeInInbox(work, inbox, nowMs), nowMs);
  const edit = editForCommands(told, id, found?.data, nowMs, engine.sharedNetworkProjects);
  const { document } = edit;
  const seenHash = document === undefined ? "" : documentHash(document);
  const before: Work = {
    ...edit.work,
    status: { ...edit.work.status, seenHash },
    ...(document === undefined || document === found?.data ? {} : { document }),
  };
  const acceptance = acceptSpec(id, document, current, nowMs, engine.sharedNetworkProjects);
  const taken = acceptance.verdict === "accepted" ? admit(before, acceptance, nowMs) : before;
  const admitted = editsBegun(taken, edit.edited, nowMs);
  const wish = deletionWish(document, admitted.status);
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
