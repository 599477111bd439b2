/**
 * What the cloud delivers: triggers of documents, wake-ups of a queue, a scheduler's sweeps, machines' events. At least once, unless a
 * fault loses it; doubled, late and out of order when a fault says so. What died or failed is delivered again.
 */
import type { Wakeups } from "../../shared/ports/wakeups.ts";
import { createVirtualWakeups } from "../../simulation/wakeups.ts";
import type { VirtualClock } from "../../simulator/clock.ts";

export type Delivered = "trigger" | "wake-up" | "sweep" | "machine-event" | "forged-event";
export type Mishap =
  | { readonly mishap: "lose" }
  | { readonly mishap: "double"; readonly afterMs: number }
  | { readonly mishap: "delay"; readonly byMs: number };

/** Of Cloud Tasks and Eventarc: the first retry of a delivery that failed, doubled up to the last. */
const REDELIVERY_FIRST_MS = 1_000;
const REDELIVERY_MAX_MS = 60_000;
/** From an event to its push: a log sink takes about a second. */
const SINK_MS = 1_000;
/** As Cloud Scheduler calls the sweep. */
export const SWEEP_MS = 60_000;

export interface Message {
  readonly what: Delivered;
  readonly cluster: string | undefined;
  readonly cause: string;
  /** Of a machine's event: the push, and whose token comes with it. */
  readonly push?: Push;
}
export interface Push {
  readonly body: string;
  /** The subscription's own when left out. */
  readonly token?: string;
}
export interface DeliveryOptions {
  readonly clock: VirtualClock;
  /** Runs one invocation. Throws when it died or failed. */
  readonly invoke: (message: Message) => Promise<void>;
  /** What befalls this delivery. */
  readonly mishap: (message: Message) => Mishap | undefined;
  readonly tell: (message: Message, fate: string) => void;
}

export interface Delivery {
  readonly wakeups: Wakeups;
  /** The document of this cluster was written. */
  trigger(cluster: string): void;
  /** A log sink has an entry, or somebody says so. */
  push(push: Push, what?: "machine-event" | "forged-event"): void;
  /** When the queue will wake the cluster. */
  pendingMs(cluster: string): number | undefined;
  startSweeps(): void;
  stopSweeps(): void;
  /** Deliveries that run or will be tried again. */
  busy(): number;
}

export function createDelivery({ clock, invoke, mishap, tell }: DeliveryOptions): Delivery {
  let cancelSweep = (): void => {};
  let open = 0;

  const attempt = (message: Message, tries: number): void => {
    open += 1;
    invoke(message).then(
      () => {
        open -= 1;
      },
      (error: unknown) => {
        open -= 1;
        if (message.what === "sweep" || message.what === "forged-event") return;
        const delayMs = Math.min(REDELIVERY_MAX_MS, REDELIVERY_FIRST_MS * 2 ** tries);
        tell(message, `failed (${String(error).slice(0, 160)}), again in ${delayMs} ms`);
        later(delayMs, () => attempt(message, tries + 1));
      },
    );
  };
  const later = (delayMs: number, run: () => void): void => {
    open += 1;
    clock.after(delayMs, () => {
      open -= 1;
      run();
    });
  };
  const deliver = (message: Message): void => {
    const fate = mishap(message);
    if (fate === undefined) attempt(message, 0);
    else if (fate.mishap === "lose") tell(message, "lost");
    else if (fate.mishap === "delay") {
      tell(message, `late by ${fate.byMs} ms`);
      later(fate.byMs, () => attempt(message, 0));
    } else {
      tell(message, `doubled, again in ${fate.afterMs} ms`);
      attempt(message, 0);
      later(fate.afterMs, () => attempt(message, 0));
    }
  };
  const sweepLater = (): void => {
    cancelSweep = clock.after(SWEEP_MS, () => {
      sweepLater();
      deliver({ what: "sweep", cluster: undefined, cause: "every minute" });
    });
  };
  const wakeups = createVirtualWakeups(clock, (cluster, cause) =>
    deliver({ what: "wake-up", cluster, cause }),
  );
  return {
    wakeups,
    trigger: (cluster) => deliver({ what: "trigger", cluster, cause: "document written" }),
    push: (push, what = "machine-event") =>
      later(SINK_MS, () => deliver({ what, cluster: undefined, cause: "a machine's event", push })),
    pendingMs: (cluster) => wakeups.pendingMs(cluster),
    startSweeps: sweepLater,
    stopSweeps: () => cancelSweep(),
    busy: () => open,
  };
}
