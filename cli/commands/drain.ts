/** `clusterwright drain CLUSTER NODE`: empties a node, which stays cordoned. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright drain quickstart quickstart-ab12cd-n-general-x1y2 --dry-run
  clusterwright drain quickstart quickstart-ab12cd-n-general-x1y2 --reason "a noisy disk" --wait`;

export function drainCommand(): Command {
  return withCommandOptions(
    new Command("drain")
      .description(
        "cordon a node and evict its pods, disruption budgets honoured; it stays cordoned until uncordon",
      )
      .argument("<cluster>", "the cluster")
      .argument("<node>", "the node, as kubectl get nodes shows it"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, node: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "drain", node }),
    );
}
