/** `clusterwright resume CLUSTER`: takes a pause back. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright resume quickstart
  clusterwright resume quickstart --pool general`;

export function resumeCommand(): Command {
  return withCommandOptions(
    new Command("resume")
      .description("let a cluster or a pool that was paused go on")
      .argument("<cluster>", "the cluster")
      .option("--pool <name>", "only this pool"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, { pool }: { pool?: string }, command: Command) =>
      sendCommand(command, cluster, { command: "resume", ...(pool === undefined ? {} : { pool }) }),
    );
}
