/** Firestore's trigger on `clusters/{id}`: the event is a hint, the pass reads the document afresh. */
import type { CloudEvent } from "@google-cloud/functions-framework";
import type { Engine } from "../shared/engine/engine.ts";
import { passOnce } from "./pass-once.ts";

/** The attribute `document` of the event; its payload may be missing when the document is large. */
interface FirestoreEvent extends CloudEvent<unknown> {
  readonly document?: unknown;
}

const CLUSTER_DOCUMENT = /^(?:.*\/documents\/)?clusters\/([^/]+)$/;

/** @returns the cluster's id, or nothing for an event that names none: it is acknowledged, for a repeat would not help */
export function clusterOfEvent(event: FirestoreEvent): string | undefined {
  const named =
    typeof event.document === "string" ? event.document : (event.subject ?? "").replace(/^documents\//, "");
  return CLUSTER_DOCUMENT.exec(named)?.[1];
}

export async function clusterWritten(engine: Engine, event: FirestoreEvent): Promise<void> {
  const id = clusterOfEvent(event);
  if (id === undefined) {
    engine.log("warning", "event names no cluster document", { event: event.id, subject: event.subject });
    return;
  }
  await passOnce(engine, id, `document written (event ${event.id})`);
}
