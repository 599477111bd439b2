/** Asks a simulated cloud to push machines' events here, as a deployment's log sink and subscription do. */
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/ports/log.ts";

/** The account in whose name a simulated cloud pushes to an embedded control plane. */
export const LOCAL_PUSHER = "machine-events@clusterwright.iam.gserviceaccount.com";

/** A cloud that was started anew knows nobody. */
const AGAIN_MS = 15_000;
const ANSWER_MS_MAX = 5_000;

/** Asks again and again, which is harmless. The answer ends it. */
export function askForMachineEvents(options: {
  readonly cloud: string;
  readonly endpoint: string;
  readonly clock: Clock;
  readonly log: Log;
}): () => void {
  const { cloud, endpoint, clock, log } = options;
  let cancel = (): void => {};
  let stopped = false;
  let heard = true;
  const ask = async (): Promise<void> => {
    const answer = await subscribe(cloud, endpoint);
    if (stopped) return;
    if (answer !== undefined && heard)
      log("warning", "machines' events are not pushed here", { cloud, answer });
    heard = answer === undefined;
    cancel = clock.after(AGAIN_MS, () => void ask());
  };
  void ask();
  return () => {
    stopped = true;
    cancel();
  };
}

/** @returns why not */
async function subscribe(cloud: string, endpoint: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${cloud}/simulator/subscriptions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ endpoint, serviceAccount: LOCAL_PUSHER }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    await response.arrayBuffer();
    return response.ok ? undefined : `it answered ${response.status}`;
  } catch (error) {
    return String(error);
  }
}
