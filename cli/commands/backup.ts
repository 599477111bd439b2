/** `clusterwright backup CLUSTER`: snapshots of etcd's disks, now. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright backup quickstart --wait
  clusterwright backup quickstart --reason "before the migration" --wait

One snapshot of each etcd disk, besides those of the schedule (controlPlane.etcd.backup). They stay until they are deleted by
hand or the cluster is.`;

export function backupCommand(): Command {
  return withCommandOptions(
    new Command("backup")
      .description("take a snapshot of each of etcd's disks now")
      .argument("<cluster>", "the cluster"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, _options: object, command: Command) =>
      sendCommand(command, cluster, { command: "backup" }),
    );
}
