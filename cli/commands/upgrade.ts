/** `clusterwright upgrade CLUSTER VERSION`: another version of Kubernetes, by an edit of the cluster's document. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright upgrade quickstart 1.37 --dry-run
  clusterwright upgrade quickstart 1.37 --wait --timeout 3h
  clusterwright upgrade quickstart 1.36.5 --urgent --reason CVE-2026-12345

It edits kubernetes.version of the document, which your file should say too. It waits for the cluster's maintenance windows
(clusterwright maintenance), unless it is urgent.`;

export function upgradeCommand(): Command {
  return withCommandOptions(
    new Command("upgrade")
      .description("upgrade a cluster to another version of Kubernetes")
      .argument("<cluster>", "the cluster")
      .argument("<version>", 'a minor ("1.37") or an exact patch ("1.36.5")')
      .option("--urgent", "do not wait for maintenance windows and exclusions"),
    "3h",
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, value: string, { urgent }: { urgent?: boolean }, command: Command) =>
      sendCommand(command, cluster, {
        command: "upgrade",
        value,
        ...(urgent === undefined ? {} : { urgent }),
      }),
    );
}
