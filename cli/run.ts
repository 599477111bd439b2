/** Runs one command line and turns what comes of it into an exit code. */
import { CommanderError } from "commander";
import { CommandError } from "./command-error.ts";
import { createProgram, misplacedVersion } from "./program.ts";
import { explainFailure } from "./show/failure.ts";

const FAILED = 1;
const CALLED_WRONGLY = 2;

/** `args` without the interpreter and the script. Writes to standard output and standard error; never throws. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const program = createProgram();
    const misplaced = misplacedVersion(program, args);
    if (misplaced !== undefined) program.error(misplaced);
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Help and version are no mistakes; of those, commander has told already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CALLED_WRONGLY;
    process.stderr.write(`${explainFailure(error)}\n`);
    return error instanceof CommandError ? error.exitCode : FAILED;
  }
}
