/** `clusterwright delete NAME…`: asks for deletion by a tombstone that names the cluster's uid. */
import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { validateCluster } from "../../shared/spec/validate.ts";
import { CommandError, Interrupted } from "../command-error.ts";
import { clientFor, clusterNamed } from "../context.ts";
import { interrupted } from "../interrupt.ts";
import { timeoutOption } from "../option-values.ts";
import { color } from "../show/color.ts";
import { waitFor } from "../wait-for.ts";

interface Options {
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}

const EXAMPLES = `
Examples:
  clusterwright delete quickstart --wait     # asks for the name once more
  clusterwright delete quickstart --yes      # for scripts

A cluster with deletionProtection: true is refused; apply it with false first.`;

export function deleteCommand(): Command {
  return new Command("delete")
    .description("delete clusters and everything that they consist of")
    .argument("<name...>", "the clusters")
    .option("-y, --yes", "do not ask")
    .option("--wait", "show progress until nothing is left")
    .addOption(timeoutOption("30m"))
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], options: Options, command: Command) => {
      const api = clientFor(command);
      const clusters = await Promise.all(names.map((name) => clusterNamed(api, name)));
      for (const { id, spec } of clusters) refuseProtected(id, spec);
      for (const { id, status, spec } of clusters) {
        if (options.yes !== true) await confirm(id, spec);
        await api.delete(id, status?.uid);
        process.stdout.write(`${color.green("✓")} cluster ${color.bold(id)} is being deleted\n`);
      }
      if (options.wait !== true) return;
      const signal = interrupted();
      const sinceMs = Date.now();
      for (const name of names)
        await waitFor(api, name, { what: "deleted", timeoutMs: options.timeout, sinceMs, signal });
    });
}

/** Asking for a name and then refusing would be rude; the control plane refuses in any case. @throws CommandError */
function refuseProtected(name: string, document: unknown): void {
  const validation = validateCluster(document, { nowMs: Date.now(), name, sharedNetworkProjects: "any" });
  if (validation.ok && validation.spec.deletionProtection)
    throw new CommandError(
      `cluster ${name} is protected: set deletionProtection: false in its document, apply it, then delete it`,
    );
}

/** @throws CommandError when the person does not type the name, or there is nobody to ask */
async function confirm(name: string, spec: unknown): Promise<void> {
  if (process.stdin.isTTY !== true)
    throw new CommandError(`nobody to ask here: repeat with --yes to delete cluster ${name}`);
  const project = (spec as { readonly project?: unknown } | undefined)?.project;
  const where = typeof project === "string" ? ` in project ${project}` : "";
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  const stopped = new AbortController();
  asking.once("SIGINT", () => stopped.abort());
  asking.once("close", () => stopped.abort());
  try {
    const question = `This deletes cluster ${name}${where}: its machines, its disks and all data on them.\nType its name to go on: `;
    const answer = await asking.question(question, { signal: stopped.signal });
    if (answer.trim() !== name) throw new CommandError(`that is not ${name}; nothing was deleted`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    process.stdout.write("\n");
    throw new Interrupted("nothing was deleted");
  } finally {
    asking.close();
  }
}
