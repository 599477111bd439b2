/** Wake-ups as rows: those pending, and those whose handler has begun. A cluster has one of each at most. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Wakeup } from "../../ports/wakeups.ts";
import { inWriteTransaction } from "./sqlite-database.ts";

export interface DueWakeup extends Wakeup {
  /** How often its handler has thrown in a row. */
  readonly failures: number;
}

export interface WakeupTable {
  /** Keeps the earlier of this and what is pending. */
  schedule(wakeup: Wakeup): void;
  cancel(clusterId: string): void;
  /** Moves what is due from pending to running, the earliest first, and answers it. Clusters that run wait their turn. */
  begin(nowMs: number, limit: number): readonly DueWakeup[];
  /** The handler returned. */
  finish(clusterId: string): void;
  /** The handler threw: pending again, unless something earlier is. */
  retry(wakeup: DueWakeup, atMs: number): void;
  /** What ran when the process ended is pending again. */
  recover(): void;
  /** When the next one is due whose cluster is not running. */
  nextMs(): number | undefined;
}

const MERGE = `
  INSERT INTO wakeups_pending (cluster_id, at_ms, cause, failures) VALUES (?, ?, ?, ?)
  ON CONFLICT (cluster_id) DO UPDATE SET
    cause = iif(excluded.at_ms < at_ms, excluded.cause, cause),
    at_ms = min(at_ms, excluded.at_ms),
    failures = max(failures, excluded.failures)`;
const WAITING = "cluster_id NOT IN (SELECT cluster_id FROM wakeups_running)";

export function createWakeupTable(database: DatabaseSync): WakeupTable {
  const merge = database.prepare(MERGE);
  const cancel = database.prepare("DELETE FROM wakeups_pending WHERE cluster_id = ?");
  const due = database.prepare(
    `SELECT * FROM wakeups_pending WHERE at_ms <= ? AND ${WAITING} ORDER BY at_ms, cluster_id LIMIT ?`,
  );
  const begin = database.prepare(
    "INSERT INTO wakeups_running SELECT * FROM wakeups_pending WHERE cluster_id = ?",
  );
  const finish = database.prepare("DELETE FROM wakeups_running WHERE cluster_id = ?");
  const running = database.prepare("SELECT * FROM wakeups_running");
  const next = database.prepare(`SELECT min(at_ms) AS at_ms FROM wakeups_pending WHERE ${WAITING}`);
  const mergeRow = ({ clusterId, atMs, cause, failures }: DueWakeup) =>
    merge.run(clusterId, atMs, cause, failures);

  return {
    schedule: (wakeup) => void mergeRow({ ...wakeup, failures: 0 }),
    cancel: (clusterId) => void cancel.run(clusterId),
    begin: (nowMs, limit) =>
      inWriteTransaction(database, () => {
        const found = due.all(nowMs, limit).map(toWakeup);
        for (const { clusterId } of found) {
          begin.run(clusterId);
          cancel.run(clusterId);
        }
        return found;
      }),
    finish: (clusterId) => void finish.run(clusterId),
    retry: (wakeup, atMs) =>
      inWriteTransaction(database, () => {
        finish.run(wakeup.clusterId);
        mergeRow({ ...wakeup, atMs, failures: wakeup.failures + 1 });
      }),
    recover: () =>
      inWriteTransaction(database, () => {
        for (const wakeup of running.all().map(toWakeup)) {
          mergeRow(wakeup);
          finish.run(wakeup.clusterId);
        }
      }),
    nextMs: () => {
      const atMs = next.get()?.["at_ms"];
      return typeof atMs === "number" ? atMs : undefined;
    },
  };
}

function toWakeup(row: Record<string, SQLOutputValue>): DueWakeup {
  return {
    clusterId: String(row["cluster_id"]),
    atMs: Number(row["at_ms"]),
    cause: String(row["cause"]),
    failures: Number(row["failures"]),
  };
}
