/** `clusterwright resize CLUSTER POOL SIZE`: another number of machines, by an edit of the cluster's document. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";
import { wholeNumberText } from "../option-values.ts";

const EXAMPLES = `
Examples:
  clusterwright resize quickstart general 5 --dry-run
  clusterwright resize quickstart general 5 --wait

It edits the pool's size in the document, which your file should say too. Machines that are too many are drained and deleted.`;

export function resizeCommand(): Command {
  return withCommandOptions(
    new Command("resize")
      .description("give a pool another number of machines")
      .argument("<cluster>", "the cluster")
      .argument("<pool>", "the pool, as the document names it")
      .argument("<size>", "how many machines it shall have", wholeNumberText),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, pool: string, value: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "resize", pool, value }),
    );
}
