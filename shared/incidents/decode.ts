/** From the body of a push to an incident, or the reason why there is none. Pure; never throws. */
import type { Incident } from "../status/inbox.ts";
import { incidentOf } from "./incident.ts";
import { type MachineRef, readLogEntry } from "./log-entry.ts";
import { unwrapPush } from "./push-message.ts";

export type Decoded =
  | { readonly decoded: "incident"; readonly incident: Incident; readonly machine: MachineRef }
  /** A message, but not one about a machine: a repeat would say the same, and nothing is lost with it. */
  | { readonly decoded: "foreign"; readonly reason: string }
  /** Nothing that Pub/Sub or a log sink sends: kept for a person to look at. */
  | { readonly decoded: "unreadable"; readonly reason: string };

export function decodePush(body: string, receivedMs: number): Decoded {
  const unwrapped = unwrapPush(body);
  if (!unwrapped.ok) return { decoded: "unreadable", reason: unwrapped.reason };
  const read = readLogEntry(unwrapped.data);
  if (!read.ok) return { decoded: "foreign", reason: read.reason };
  return {
    decoded: "incident",
    incident: incidentOf(read.entry, read.machine, receivedMs),
    machine: read.machine,
  };
}
