/** Makes sure that one process at a time works on a data folder: a lock that the system lets go when the process ends. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CommandError } from "../command-error.ts";

/** The answer lets go. @throws CommandError when another process has the folder */
export function onlyProcess(data: string): () => void {
  const lock = new DatabaseSync(join(data, "lock.db"));
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const message = `another process works on ${data}: end it, or choose another folder with --data`;
    throw new CommandError(message, { cause: error });
  }
  return () => lock.close();
}
