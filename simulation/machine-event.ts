/** The machine-event function in process: how the simulated Pub/Sub pushes to it, and whom it believes. */
import { createMachineEvent } from "../functions/machine-event.ts";
import type { Engine } from "../shared/engine/engine.ts";
import { type IdentityVerifier, Unauthenticated } from "../shared/ports/identity.ts";
import { type LogEntry, pushBody } from "../simulator/logging/audit-log.ts";

export const MACHINE_EVENT_URL = "https://machine-event.example";
export const PUSHER = "machine-events@control.iam.gserviceaccount.com";
const SUBSCRIPTION = "projects/control/subscriptions/machine-events";

/** Pushes a body to the function of this engine. @returns the status that it answers */
export function machineEventOf(engine: Engine): (body: string, token?: string) => Promise<number> {
  const app = createMachineEvent({
    engine,
    identity: trustingIdentity,
    pusher: PUSHER,
    urls: { machineEvent: MACHINE_EVENT_URL },
  });
  return async (body, token = PUSHER) => {
    const response = await app.request(MACHINE_EVENT_URL, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${Buffer.from(token).toString("base64url")}`,
        "Content-Type": "application/json",
      },
      body,
    });
    return response.status;
  };
}

/** The body of the push that the subscription makes of an entry. */
export function pushed(entry: LogEntry): string {
  return JSON.stringify(pushBody(entry, entry.insertId, SUBSCRIPTION));
}

/** A caller's token is its e-mail: signatures have tests of their own (token-verifier). */
const trustingIdentity: IdentityVerifier = {
  machine: async () => {
    throw new Unauthenticated("no machine calls here");
  },
  caller: async (token, audience) => {
    const email = Buffer.from(token, "base64url").toString();
    if (!email.includes("@") || audience !== MACHINE_EVENT_URL) throw new Unauthenticated("forged");
    return { email };
  },
};
