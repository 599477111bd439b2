/** `clusterwright uncordon CLUSTER NODE`: lets a node take pods again. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright uncordon quickstart quickstart-ab12cd-n-general-x1y2`;

export function uncordonCommand(): Command {
  return withCommandOptions(
    new Command("uncordon")
      .description("let a node take pods again, whoever cordoned it; takes back a drain that is under way")
      .argument("<cluster>", "the cluster")
      .argument("<node>", "the node, as kubectl get nodes shows it"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, node: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "uncordon", node }),
    );
}
