/** `clusterwright wait NAME`: live progress until the cluster is Ready, or gone. */
import { Command, Option } from "commander";
import { clientFor, clusterNamed } from "../context.ts";
import { interrupted } from "../interrupt.ts";
import { timeoutOption } from "../option-values.ts";
import { color } from "../show/color.ts";
import { waitFor } from "../wait-for.ts";

const EXAMPLES = `
Examples:
  clusterwright wait quickstart
  clusterwright wait quickstart --for deleted --timeout 10m`;

export function waitCommand(): Command {
  return new Command("wait")
    .description("show progress until a cluster is Ready, or deleted")
    .argument("<name>", "the cluster")
    .addOption(new Option("--for <state>", "what to wait for").choices(["ready", "deleted"]).default("ready"))
    .addOption(timeoutOption("30m"))
    .addHelpText("after", EXAMPLES)
    .action(
      async (name: string, options: { for: "ready" | "deleted"; timeout: number }, command: Command) => {
        const api = clientFor(command);
        if (options.for === "ready") await clusterNamed(api, name);
        else if ((await api.get(name)) === undefined) {
          // For a script that is what it waits for; whoever mistyped the name must not read that it was deleted.
          process.stdout.write(`${color.green("✓")} there is no cluster ${color.bold(name)}\n`);
          return;
        }
        await waitFor(api, name, { what: options.for, timeoutMs: options.timeout, signal: interrupted() });
      },
    );
}
