/** Commands to a running cluster of a stage, and what became of them. */
import assert from "node:assert/strict";
import { operationRecordPath } from "../../shared/engine/paths.ts";
import { submitCommand } from "../../shared/engine/submit-command.ts";
import type { OperationRecord } from "../../shared/status/cluster-status.ts";
import { readCommand } from "../../shared/status/command.ts";
import type { Running } from "../support/running-cluster.ts";
import type { SimulatedPlane } from "../support/simulated-plane.ts";
import { ID, until } from "./rollout-stage.ts";

export interface Commanded {
  readonly plane: SimulatedPlane;
  readonly cluster: Running;
  /** The cluster's name; that of the rollouts' stage when left out. */
  readonly id?: string;
}

let keys = 0;

/** @returns the operation's id */
export async function command({ plane, id = ID }: Commanded, fields: object): Promise<string> {
  keys += 1;
  const read = readCommand({ cluster: id, idempotencyKey: `test-${keys}`, reason: "a test", ...fields });
  assert(read.ok, JSON.stringify(read));
  const submitted = await submitCommand(plane.engine, read.command, { by: "alice@example.com" });
  assert(submitted.verdict === "accepted", JSON.stringify(submitted));
  return submitted.operation.id;
}
export async function operation(
  { plane, cluster, id = ID }: Commanded,
  name: string,
): Promise<OperationRecord> {
  const { uid } = await cluster.status();
  const found = await plane.engine.store.get<OperationRecord>(operationRecordPath(id, uid, name));
  return found?.data ?? assert.fail(`no operation ${name}`);
}
export async function ended(on: Commanded, name: string): Promise<OperationRecord> {
  const step = async () => (await operation(on, name)).result !== "running";
  await until({ plane: on.plane, cluster: on.cluster }, step);
  return operation(on, name);
}
