/** `clusterwright operations NAME`: creations, updates, repairs and deletions, newest first. */
import { Command, Option } from "commander";
import { clientFor, clusterNamed } from "../context.ts";
import { operationTable } from "../show/operations.ts";

const OPERATIONS_SHOWN = 50;

export function operationsCommand(): Command {
  return new Command("operations")
    .description("show what was undertaken for a cluster, how far it is and how it ended, newest first")
    .argument("<name>", "the cluster")
    .addOption(
      new Option("-o, --output <format>", "how to print them").choices(["table", "json"]).default("table"),
    )
    .addHelpText("after", "\nExample:\n  clusterwright operations quickstart")
    .action(async (name: string, { output }: { output: "table" | "json" }, command: Command) => {
      const api = clientFor(command);
      await clusterNamed(api, name);
      const operations = await api.operations(name, OPERATIONS_SHOWN);
      process.stdout.write(
        output === "json"
          ? `${JSON.stringify(operations, null, 2)}\n`
          : operationTable(operations, Date.now()),
      );
    });
}
