/** A log sink, its topic and its push subscriptions on the wire: each entry is posted until it is taken, or given up. */
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { Identity } from "../identity/identity.ts";
import { type LogEntry, pushBody } from "./audit-log.ts";

/** Where to, and whose token: its audience is the endpoint itself. */
export interface PushSubscription {
  readonly endpoint: string;
  readonly serviceAccount: string;
}
export interface Push {
  /** Again: harmless. */
  subscribe(subscription: PushSubscription): void;
  publish(entry: LogEntry): void;
  /** Nothing is posted any more. */
  stop(): void;
}

/** As the subscription in terraform/ has it: retries from one second, doubled up to a minute; then a dead letter. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const ATTEMPTS_MAX = 20;
/** Source: Pub/Sub's least acknowledgement deadline is 10 s, terraform/ has 60. */
const ANSWER_MS_MAX = 60_000;
const SUBSCRIPTION = "projects/simulated/subscriptions/machine-events";

export function createPush(options: {
  readonly clock: Clock;
  readonly identity: () => Identity;
  readonly log: Log;
}): Push {
  const { clock, identity, log } = options;
  const subscriptions = new Map<string, PushSubscription>();
  let messages = 0;
  let stopped = false;

  const post = async ({ endpoint, serviceAccount }: PushSubscription, body: string): Promise<boolean> => {
    try {
      const token = await identity().serviceAccountIdToken(serviceAccount, endpoint);
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body,
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  };
  const deliver = async (to: PushSubscription, body: string, attempt: number): Promise<void> => {
    if (stopped || (await post(to, body)) || stopped) return;
    if (attempt === ATTEMPTS_MAX) {
      log("warning", "a machine's event was never taken", { endpoint: to.endpoint, attempts: attempt });
      return;
    }
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (attempt - 1));
    clock.after(delayMs, () => void deliver(to, body, attempt + 1));
  };
  return {
    subscribe: (subscription) => void subscriptions.set(subscription.endpoint, subscription),
    publish: (entry) => {
      messages += 1;
      const body = JSON.stringify(pushBody(entry, String(messages), SUBSCRIPTION));
      for (const subscription of subscriptions.values()) void deliver(subscription, body, 1);
    },
    stop: () => {
      stopped = true;
    },
  };
}
