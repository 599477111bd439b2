/** Makes sure that one process at a time works on a data folder: a lock that the system lets go when the process ends. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CommandError } from "../command-error.ts";

const FILE_MODE = 0o600;

/** The answer lets go. @throws CommandError when another process has the folder */
export function onlyProcess(data: string): () => void {
  const file = join(data, "lock.db");
  const lock = new DatabaseSync(file);
  try {
    // Whoever may read it may lock it.
    chmodSync(file, FILE_MODE);
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const message = `another process works on ${data}: end it, or choose another folder with --data`;
    throw new CommandError(message, { cause: error });
  }
  return () => lock.close();
}
