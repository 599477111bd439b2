/** Waits for one operation with live progress: how far the cluster is, and what the operation waits for. */
import { setTimeout as sleep } from "node:timers/promises";
import type { OperationRecord } from "../shared/status/cluster-status.ts";
import type { ApiClient, ClusterView } from "./api-client.ts";
import { CommandError, Interrupted, Unreachable } from "./command-error.ts";
import { color } from "./show/color.ts";
import { createLiveProgress } from "./show/live-text.ts";
import { standing } from "./show/operations.ts";
import { span } from "./show/text.ts";

const POLL_MS = 500;
/** A control plane that starts again is back by then. */
const UNREACHABLE_MAX_MS = 30_000;

export interface OperationWait {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
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
        if (last !== undefined) live.show(last, elapsedMs, standing(operation, last));
      } catch (error) {
        if (!(error instanceof Unreachable) || Date.now() - answeredMs > UNREACHABLE_MAX_MS) throw error;
        if (last !== undefined) live.show(last, elapsedMs, "the control plane does not answer; trying again");
      }
      if (elapsedMs > timeoutMs)
        throw new CommandError(
          `operation ${id} is not done after ${span(timeoutMs)}; it goes on: clusterwright operations ${cluster}`,
        );
      await pause(id, signal);
    }
  } finally {
    live.end();
  }
  const took = span(Date.now() - startMs);
  if (ended.result !== "succeeded")
    throw new CommandError(`operation ${id} ${ended.result} after ${took}: ${ended.message}`);
  process.stdout.write(`${color.green("✓")} ${ended.message} ${color.dim(`(${took})`)}\n`);
}

/** @throws Interrupted */
async function pause(id: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw new Interrupted(`stopped waiting for operation ${id}, which goes on`);
  }
}
