/** `clusterwright pause CLUSTER`: none of its machines is disturbed until it is resumed. */
import { Command } from "commander";
import { sendCommand, withCommandOptions } from "../cluster-command.ts";

const EXAMPLES = `
Examples:
  clusterwright pause quickstart --for 2h --reason "a demo"
  clusterwright pause quickstart --pool general

Upgrades, repairs and drains rest where they are; what Compute Engine does by itself goes on.`;

interface Options {
  readonly pool?: string;
  readonly for?: string;
}

export function pauseCommand(): Command {
  return withCommandOptions(
    new Command("pause")
      .description("stop all that disturbs machines of a cluster or a pool, repairs too, until it is resumed")
      .argument("<cluster>", "the cluster")
      .option("--pool <name>", "only this pool")
      .option("--for <duration>", "resume by itself after this long, like 2h"),
  )
    .addHelpText("after", EXAMPLES)
    .action((cluster: string, { pool, for: value }: Options, command: Command) =>
      sendCommand(command, cluster, {
        command: "pause",
        ...(pool === undefined ? {} : { pool }),
        ...(value === undefined ? {} : { value }),
      }),
    );
}
