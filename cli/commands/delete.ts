/** `clusterwright delete NAME`: asks for deletion by a tombstone that names the cluster's uid. */
import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import color from "picocolors";
import { CommandError } from "../command-error.ts";
import { clientFor, clusterNamed } from "../context.ts";
import { parseTimeout, waitFor } from "../wait-for.ts";

interface Options {
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly timeout: string;
}

export function deleteCommand(): Command {
  return new Command("delete")
    .description("delete a cluster and everything that it consists of")
    .argument("<name>")
    .option("-y, --yes", "do not ask")
    .option("--wait", "show progress until nothing is left")
    .option("--timeout <duration>", "give up waiting after this long", "30m")
    .action(async (name: string, options: Options, command: Command) => {
      const api = clientFor(command);
      const cluster = await clusterNamed(api, name);
      if (options.yes !== true) await confirm(name);
      await api.delete(name, cluster.status?.uid);
      process.stdout.write(`${color.green("✓")} cluster ${name} will be deleted\n`);
      if (options.wait === true) await waitFor(api, name, "deleted", parseTimeout(options.timeout));
    });
}

/** @throws CommandError when the person does not type the name, or there is nobody to ask */
async function confirm(name: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandError(`nobody to ask here: repeat with --yes to delete cluster ${name}`);
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asking.question(
    `This deletes the machines and disks of cluster ${name}. Type its name to go on: `,
  );
  asking.close();
  if (answer.trim() !== name) throw new CommandError("nothing was deleted");
}
