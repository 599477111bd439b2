/** `clusterwright cordon CLUSTER NODE`: keeps new pods from a node. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright cordon quickstart quickstart-ab12cd-n-general-x1y2 --reason "looking at its disk"`;

export function cordonCommand(): Command {
  return withCommandOptions(
    new Command("cordon")
      .description("keep new pods from a node; rollouts leave it alone until it is uncordoned")
      .argument("<cluster>", "the cluster")
      .argument("<node>", "the node, as kubectl get nodes shows it"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, node: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "cordon", node }),
    );
}
