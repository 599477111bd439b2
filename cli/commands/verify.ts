/** `clusterwright verify CLUSTER`: looks at all of it now, and says what is not as declared. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright verify quickstart --wait

With --wait it ends with 1 when something is not as declared. What somebody changed by hand is named, and put right as a sweep
would have put it right later.`;

export function verifyCommand(): Command {
  return withCommandOptions(
    new Command("verify")
      .description("look at all of a cluster now, and say what is not as declared")
      .argument("<cluster>", "the cluster"),
    "10m",
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "verify" }),
    );
}
