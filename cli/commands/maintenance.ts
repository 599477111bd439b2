/** `clusterwright maintenance CLUSTER`: when it may be disturbed, what is paused, and what waits. */
import { Command, Option } from "commander";
import { CommandError } from "../command-error.ts";
import { clientFor, clusterNamed } from "../context.ts";
import { maintenanceIn, maintenanceText } from "../show/maintenance.ts";

const EXAMPLES = `
Examples:
  clusterwright maintenance quickstart
  clusterwright maintenance quickstart -o json`;

export function maintenanceCommand(): Command {
  return new Command("maintenance")
    .description("show when a cluster may be upgraded, what is excluded and paused, and what waits")
    .argument("<cluster>", "the cluster")
    .addOption(
      new Option("-o, --output <format>", "how to print it").choices(["text", "json"]).default("text"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, { output }: { output: "text" | "json" }, command: Command) => {
      const cluster = await clusterNamed(clientFor(command), name);
      const nowMs = Date.now();
      const seen = maintenanceIn(cluster, nowMs);
      if (seen === undefined)
        throw new CommandError(
          `the document of cluster ${name} is not valid: clusterwright validate says why`,
        );
      process.stdout.write(
        output === "json" ? `${JSON.stringify(seen, null, 2)}\n` : maintenanceText(seen, nowMs),
      );
    });
}
