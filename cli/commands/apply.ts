/** `clusterwright apply FILE…`: creates or changes clusters; `--dry-run` shows what would change. */
import { Command } from "commander";
import { validateCluster } from "../../shared/spec/validate.ts";
import { type ApiClient, ApiError, type ClusterView, type DryRunVerdict } from "../api-client.ts";
import { CommandError, Interrupted, Unreachable } from "../command-error.ts";
import { clientFor } from "../context.ts";
import { interrupted } from "../interrupt.ts";
import { timeoutOption } from "../option-values.ts";
import { color } from "../show/color.ts";
import { diffLines, specLines } from "../show/spec-diff.ts";
import { readValidSpecs, type ValidSpec } from "../spec-file.ts";
import { waitFor } from "../wait-for.ts";

interface Options {
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}
interface Proposal {
  readonly wanted: ValidSpec;
  readonly before: ClusterView | undefined;
  readonly verdict: DryRunVerdict;
}

const EXAMPLES = `
Examples:
  clusterwright apply examples/quickstart.yaml --wait
  clusterwright apply examples/ha.yaml --dry-run      # what would change, and what it does to machines
  clusterwright apply staging.yaml production.yaml    # nothing is written unless both are accepted
  cat cluster.yaml | clusterwright apply -`;

export function applyCommand(): Command {
  return new Command("apply")
    .description("create clusters, or change them")
    .argument("<file...>", "YAML files of one or more documents, or - for standard input")
    .option("--dry-run", "show what would change, write nothing")
    .option("--wait", "show progress until the clusters are Ready")
    .addOption(timeoutOption("30m"))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: Options, command: Command) => {
      const api = clientFor(command);
      const proposals = await propose(api, readValidSpecs(files, Date.now()));
      for (const proposal of proposals) {
        if (options.dryRun === true) process.stdout.write(preview(proposal, Date.now()));
        else await write(api, proposal);
      }
      if (options.dryRun === true || options.wait !== true) return;
      const signal = interrupted();
      const sinceMs = Date.now();
      for (const { wanted, before, verdict } of proposals) {
        const pastGeneration = verdict === "unchanged" ? 0 : (before?.status?.generation ?? 0);
        await waitFor(api, wanted.name, {
          what: "ready",
          timeoutMs: options.timeout,
          sinceMs,
          pastGeneration,
          signal,
        }).catch((error: unknown) => {
          if (!(error instanceof Interrupted)) throw error;
          throw new Interrupted(`${error.message}; it goes on: npx clusterwright wait ${wanted.name}`);
        });
      }
    });
}

/** Asks about all of them before any is written. @throws CommandError with everything that is refused */
async function propose(api: ApiClient, wanted: readonly ValidSpec[]): Promise<readonly Proposal[]> {
  const asked = await Promise.all(wanted.map((one) => proposeOne(api, one)));
  const refused = asked.flatMap((one) => ("mistakes" in one ? one.mistakes : []));
  if (refused.length > 0)
    throw new CommandError(["this is refused, and nothing was written:", ...refused].join("\n  "));
  return asked.flatMap((one) => ("mistakes" in one ? [] : [one]));
}

async function proposeOne(
  api: ApiClient,
  wanted: ValidSpec,
): Promise<Proposal | { readonly mistakes: readonly string[] }> {
  try {
    const before = await api.get(wanted.name);
    return { wanted, before, verdict: await api.dryRun(wanted.name, wanted.document) };
  } catch (error) {
    if (!(error instanceof ApiError) || error instanceof Unreachable || error.status === 401) throw error;
    const { fields } = error;
    return { mistakes: fields.length > 0 ? fields.map(wanted.tell) : [`${wanted.file}: ${error.message}`] };
  }
}

async function write(api: ApiClient, { wanted, before, verdict }: Proposal): Promise<void> {
  if (verdict === "unchanged") {
    process.stdout.write(`${color.green("✓")} cluster ${color.bold(wanted.name)} is unchanged\n`);
    return;
  }
  await api.put(wanted.name, wanted.document);
  const done = before?.spec === undefined ? "created" : "changed";
  process.stdout.write(`${color.green("✓")} cluster ${color.bold(wanted.name)} ${done}\n`);
}

function preview({ wanted, before, verdict }: Proposal, nowMs: number): string {
  const name = color.bold(wanted.name);
  if (verdict === "unchanged") return `cluster ${name} would stay as it is\n`;
  const inForce =
    before?.spec === undefined
      ? undefined
      : validateCluster(before.spec, { nowMs, name: wanted.name, sharedNetworkProjects: "any" });
  if (inForce?.ok !== true) return told(`cluster ${name} would be created:`, specLines(wanted.spec));
  const lines = diffLines(inForce.spec, wanted.spec);
  if (lines.length === 0)
    return `cluster ${name} would stay as it is: the document says the same in other words\n`;
  return told(`cluster ${name} would change:`, lines);
}

function told(head: string, lines: readonly string[]): string {
  return `${head}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
