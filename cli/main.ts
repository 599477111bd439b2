/** Where the command line begins. */
import { run } from "./run.ts";

// `clusterwright events x | head` closes the pipe when it has enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await run(process.argv.slice(2));
