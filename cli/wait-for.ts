/** Waits for a cluster with live progress: what is done, what is waited for, and why. */
import { setTimeout as sleep } from "node:timers/promises";
import color from "picocolors";
import { DURATION_PATTERN, durationMs } from "../shared/spec/duration.ts";
import type { ApiClient, ClusterView } from "./api-client.ts";
import { CommandError } from "./command-error.ts";
import { createLiveText } from "./show/live-text.ts";
import { progressLines } from "./show/progress.ts";

const POLL_MS = 500;

export function parseTimeout(text: string): number {
  if (text !== "" && DURATION_PATTERN.test(text)) return durationMs(text);
  throw new CommandError(`--timeout ${text} is not a duration; write 90s, 30m or 2h`);
}

/** `pastGeneration`: wait until a newer generation than this was taken in. @throws CommandError after the timeout */
export async function waitFor(
  api: ApiClient,
  name: string,
  what: "ready" | "deleted",
  timeoutMs: number,
  pastGeneration = 0,
): Promise<void> {
  const startMs = Date.now();
  const live = createLiveText(process.stdout);
  try {
    for (
      let cluster = await api.get(name);
      !reached(cluster, what, pastGeneration);
      cluster = await api.get(name)
    ) {
      if (cluster === undefined) throw new CommandError(`there is no cluster ${name}`);
      const elapsedMs = Date.now() - startMs;
      if (elapsedMs > timeoutMs)
        throw new CommandError(
          `cluster ${name} is not ${what} after ${seconds(timeoutMs)}${because(cluster)}`,
        );
      live.show(progressLines(cluster, elapsedMs));
      await sleep(POLL_MS);
    }
  } finally {
    live.end();
  }
  process.stdout.write(
    `${color.green("✓")} cluster ${name} is ${what} after ${seconds(Date.now() - startMs)}\n`,
  );
}

function reached(
  cluster: ClusterView | undefined,
  what: "ready" | "deleted",
  pastGeneration: number,
): boolean {
  if (what === "deleted") return cluster === undefined;
  const status = cluster?.status;
  return (
    status?.phase === "Ready" &&
    status.readyGeneration === status.generation &&
    status.generation > pastGeneration
  );
}

function because(cluster: ClusterView): string {
  const ready = cluster.status?.conditions.find((condition) => condition.type === "Ready");
  return ready === undefined || ready.message === "" ? "" : `: ${ready.message}`;
}
function seconds(timeMs: number): string {
  return `${Math.round(timeMs / 1000)} s`;
}
