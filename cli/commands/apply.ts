/** `clusterwright apply FILE`: creates or changes a cluster. */
import { Command } from "commander";
import color from "picocolors";
import { clientFor } from "../context.ts";
import { readValidSpec } from "../spec-file.ts";
import { parseTimeout, waitFor } from "../wait-for.ts";

interface Options {
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly timeout: string;
}

export function applyCommand(): Command {
  return new Command("apply")
    .description("create or change a cluster")
    .argument("<file>", "YAML file, or - for standard input")
    .option("--dry-run", "have the control plane check it, write nothing")
    .option("--wait", "show progress until the cluster is Ready")
    .option("--timeout <duration>", "give up waiting after this long", "30m")
    .action(async (file: string, options: Options, command: Command) => {
      const api = clientFor(command);
      const { name, spec } = readValidSpec(file, Date.now());
      const before = await api.get(name);
      await api.put(name, spec, { dryRun: options.dryRun === true });
      const done = before?.spec === undefined ? "created" : "changed";
      const note = options.dryRun === true ? " (dry run, nothing was written)" : "";
      process.stdout.write(`${color.green("✓")} cluster ${name} ${done}${note}\n`);
      if (options.dryRun === true || options.wait !== true) return;
      const generation = before?.status?.generation ?? 0;
      await waitFor(api, name, "ready", parseTimeout(options.timeout), generation);
    });
}
