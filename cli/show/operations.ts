/** Operations as a table: what was undertaken, how far it is, and how it ended. Pure. */
import type { OperationRecord } from "../../shared/status/cluster-status.ts";
import { color } from "./color.ts";
import { columns } from "./table.ts";
import { age, span } from "./text.ts";

export function operationTable(operations: readonly OperationRecord[], nowMs: number): string {
  const rows = operations.map((operation) => [
    operation.id,
    resultColor(operation.result),
    `${operation.steps.filter(({ settled }) => settled).length}/${operation.steps.length}`,
    `${age(operation.startedMs, nowMs)} ago`,
    span((operation.endedMs ?? nowMs) - operation.startedMs),
    operation.result === "running" || operation.type === "command" ? operation.message : "",
  ]);
  return columns(["OPERATION", "RESULT", "STEPS", "STARTED", "TOOK", "NOW"], rows);
}

function resultColor(result: OperationRecord["result"]): string {
  if (result === "succeeded") return color.green(result);
  return result === "failed" || result === "expired" ? color.red(result) : color.cyan(result);
}
