/** Waits for one operation with live progress: how far the cluster is, and what the operation waits for. */
import { setTimeout as sleep } from "node:timers/promises";
import type { OperationRecord } from "../shared/status/cluster-status.ts";
import type { ApiClient, ClusterView } from "./api-client.ts";
import { CommandError, Interrupted, Unreachable } from "./command-error.ts";
import { color } from "./show/color.ts";
import { createLiveProgress } from "./show/live-text.ts";
import { standing } from "./show/progress.ts";
import { span } from "./show/text.ts";

const POLL_MS = 500;
/** A control plane that starts again is back by then. */
const UNREACHABLE_MAX_MS = 30_000;

export interface OperationWait {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A command that can only fail, like one of a node that is none, has ended by then where a pass takes a second or two. */
const FIRST_NEWS_MAX_MS = 3_000;
const FIRST_NEWS_POLL_MS = 250;

/** The operation as soon as anything came of it, or as it is after a moment: for whoever does not wait for its end. */
export async function firstNews(
  api: Pick<ApiClient, "operation">,
  cluster: string,
  asked: OperationRecord,
): Promise<OperationRecord> {
  let found = asked;
  for (
    const startMs = Date.now();
    found.result === "running" && found.message === asked.message && Date.now() - startMs < FIRST_NEWS_MAX_MS;
  ) {
    await sleep(FIRST_NEWS_POLL_MS);
    found = await api.operation(cluster, asked.id);
  }
  return found;
}

/** What it came to. @throws CommandError when it ended without success */
export function successOf({ id, result, message }: OperationRecord, after = ""): string {
  if (result === "succeeded") return message;
  throw new CommandError(`operation ${id} ${result}${after}: ${message}`);
}

/** @throws CommandError when it ends without success, or does not end in time */
export async function waitForOperation(
  api: ApiClient,
  cluster: string,
  { id }: Pick<OperationRecord, "id">,
  { timeoutMs, signal }: OperationWait,
): Promise<void> {
  const startMs = Date.now();
  const live = createLiveProgress(process.stdout);
  let answeredMs = startMs;
  let last: ClusterView | undefined;
  let ended: OperationRecord;
  try {
    for (;;) {
      const elapsedMs = Date.now() - startMs;
      try {
        const [operation, view] = await Promise.all([api.operation(cluster, id), api.get(cluster)]);
        answeredMs = Date.now();
        if (operation.result !== "running") {
          ended = operation;
          break;
        }
        last = view ?? last;
        if (last !== undefined) live.show(last, elapsedMs, standing(last) ?? operation.message);
      } catch (error) {
        if (!(error instanceof Unreachable) || Date.now() - answeredMs > UNREACHABLE_MAX_MS) throw error;
        if (last !== undefined) live.show(last, elapsedMs, "the control plane does not answer; trying again");
      }
      if (elapsedMs > timeoutMs)
        throw new CommandError(
          `operation ${id} is not done after ${span(timeoutMs)}; it goes on: npx clusterwright operations ${cluster}`,
        );
      await pause(id, signal);
    }
  } finally {
    live.end();
  }
  const took = span(Date.now() - startMs);
  process.stdout.write(
    `${color.green("✓")} ${successOf(ended, ` after ${took}`)} ${color.dim(`(${took})`)}\n`,
  );
}

/** @throws Interrupted */
async function pause(id: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw new Interrupted(`stopped waiting for operation ${id}, which goes on`);
  }
}
