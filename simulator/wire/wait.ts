/** Holds `operations.wait` back until its operation is done, as the real API does. */
import type { Clock } from "../../shared/ports/clock.ts";
import type { HoldWait } from "./door.ts";

/** Source: https://cloud.google.com/compute/docs/reference/rest/v1/zoneOperations/wait (at most two minutes). */
const WAIT_MAX_MS = 120_000;

export interface WaitingOptions {
  readonly clock: Clock;
  /** Calls back once when the operation at this path is done, or at once when it is, or is unknown. */
  readonly onOperationDone: (path: string, listener: () => void) => () => void;
}

export function holdWait({ clock, onOperationDone }: WaitingOptions): HoldWait {
  return (path, gone) =>
    new Promise((resolve) => {
      let ended = false;
      const stops: (() => void)[] = [];
      const end = (): void => {
        if (ended) return;
        ended = true;
        for (const stop of stops) stop();
        gone?.removeEventListener("abort", end);
        resolve();
      };
      gone?.addEventListener("abort", end);
      stops.push(clock.after(WAIT_MAX_MS, end), onOperationDone(path, end));
      // Both may have called back before there was anything to stop.
      if (ended) for (const stop of stops) stop();
    });
}
