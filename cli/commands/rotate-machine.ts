/** `clusterwright rotate-machine CLUSTER NODE`: replaces a machine by another one. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright rotate-machine quickstart quickstart-ab12cd-n-general-x1y2 --wait
  clusterwright rotate-machine quickstart quickstart-ab12cd-n-general-x1y2 --not-before 2026-12-05T02:00:00Z`;

export function rotateMachineCommand(): Command {
  return withCommandOptions(
    new Command("rotate-machine")
      .alias("rotate")
      .description("replace a machine by another one of its pool's present template, drained first")
      .argument("<cluster>", "the cluster")
      .argument("<node>", "the node, as kubectl get nodes shows it; of the control plane too"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, node: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "rotate-machine", node }),
    );
}
