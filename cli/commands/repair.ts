/** `clusterwright repair CLUSTER NODE`: replaces a machine that does not do what it should. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright repair quickstart quickstart-ab12cd-n-general-x1y2 --reason "packets are lost" --wait`;

export function repairCommand(): Command {
  return withCommandOptions(
    new Command("repair")
      .description("replace a machine that does not do what it should, although it looks well")
      .argument("<cluster>", "the cluster")
      .argument("<node>", "the node, as kubectl get nodes shows it"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, node: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "repair", node }),
    );
}
