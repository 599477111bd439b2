/** `clusterwright restart CLUSTER NODE`: drains a node and resets its machine. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright restart quickstart quickstart-ab12cd-n-general-x1y2 --wait`;

export function restartCommand(): Command {
  return withCommandOptions(
    new Command("restart")
      .description("drain a node, reset its machine, and let it take pods again")
      .argument("<cluster>", "the cluster")
      .argument("<node>", "the node, as kubectl get nodes shows it; of the control plane too"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, node: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "restart", node }),
    );
}
