/** `clusterwright repair CLUSTER NODE`: repairs a machine that something speaks against, now. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright repair quickstart quickstart-ab12cd-n-general-x1y2 --dry-run
  clusterwright repair quickstart quickstart-ab12cd-n-general-x1y2 --wait
  clusterwright repair quickstart quickstart-ab12cd-n-general-x1y2 --force --reason "packets are lost" --wait

It looks first. What speaks against the machine counts at once, without repair.after: it is restarted, or drained and
replaced, as repair.ladder of its pool says. A machine that nothing speaks against is left alone, unless it is forced.`;

export function repairCommand(): Command {
  return withCommandOptions(
    new Command("repair")
      .description("repair a machine that something speaks against now, up its pool's ladder")
      .argument("<cluster>", "the cluster")
      .argument("<node>", "the node, as kubectl get nodes shows it")
      .option("--force", "replace it at once, also when nothing speaks against it"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, node: string, { force }: { force?: boolean }, command: Command) =>
      sendCommand(command, cluster, {
        command: "repair",
        node,
        ...(force === undefined ? {} : { force }),
      }),
    );
}
