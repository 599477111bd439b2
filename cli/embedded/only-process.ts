/** Makes sure that one process at a time works on a data folder: a lock that the system lets go when the process ends. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isBusy } from "../../shared/adapters/embedded/sqlite-database.ts";
import { CommandError } from "../command-error.ts";

const FILE_MODE = 0o600;

/** The answer lets go. @throws CommandError when another process has the folder */
export function onlyProcess(data: string): () => void {
  const file = join(data, "lock.db");
  const lock = openLock(data, file);
  try {
    // Whoever may read it may lock it.
    chmodSync(file, FILE_MODE);
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw unusable(data, error);
    const message = `another process works on ${data}: end it, or choose another folder with --data`;
    throw new CommandError(message, { cause: error });
  }
  return () => lock.close();
}

function openLock(data: string, file: string): DatabaseSync {
  try {
    return new DatabaseSync(file);
  } catch (error) {
    throw unusable(data, error);
  }
}

function unusable(data: string, error: unknown): CommandError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${data} cannot be used: ${reason}; free space on its disk, mind who may write there, or choose another with --data`;
  return new CommandError(message, { cause: error });
}
