/** Makes the folder of an embedded control plane's documents, for its owner alone. */
import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CommandError } from "../command-error.ts";

const MODE = 0o700;

/** @throws CommandError when there cannot be such a folder */
export function makeDataFolder(data: string): void {
  try {
    makeFolder(resolve(data));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `${data} cannot hold the documents: ${reason}; choose another folder with --data`,
      {
        cause: error,
      },
    );
  }
}

/** Node's own recursive mkdir never returns below a folder that takes none (/proc): each is made by itself. */
function makeFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) return;
  if (there !== undefined) throw new Error(`${path} is a file`);
  makeFolder(dirname(path));
  mkdirSync(path, { mode: MODE });
}
