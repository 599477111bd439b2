/** `clusterwright wait NAME`: live progress until the cluster is Ready, or gone. */
import { Command, Option } from "commander";
import { clientFor } from "../context.ts";
import { parseTimeout, waitFor } from "../wait-for.ts";

export function waitCommand(): Command {
  return new Command("wait")
    .description("show progress until a cluster is ready or deleted")
    .argument("<name>")
    .addOption(new Option("--for <state>", "what to wait for").choices(["ready", "deleted"]).default("ready"))
    .option("--timeout <duration>", "give up after this long, e.g. 90s, 30m, 2h", "30m")
    .action(
      async (name: string, options: { for: "ready" | "deleted"; timeout: string }, command: Command) => {
        await waitFor(clientFor(command), name, options.for, parseTimeout(options.timeout));
      },
    );
}
