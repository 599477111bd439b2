/** What all commands about a running cluster share: their options, sending, the plan of a dry run, and waiting. */
import { randomUUID } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import type { CommandName } from "../shared/status/inbox.ts";
import { clientFor, clusterNamed } from "./context.ts";
import { interrupted } from "./interrupt.ts";
import { timeoutOption } from "./option-values.ts";
import { color } from "./show/color.ts";
import { firstNews, successOf, waitForOperation } from "./wait-for-operation.ts";

/** What is sent besides what all commands have. */
export interface Sent {
  readonly command: CommandName;
  readonly node?: string;
  readonly pool?: string;
  readonly value?: string;
  readonly urgent?: boolean;
  readonly force?: boolean;
}
interface Options {
  readonly reason?: string;
  readonly notBefore?: string;
  readonly deadline?: string;
  readonly key?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}

export function withCommandOptions(command: Command, timeout = "1h"): Command {
  return command
    .option("--reason <text>", "why, in a few words: shown wherever the operation is")
    .option("--not-before <moment>", "wait until then, like 2026-12-05T02:00:00Z", moment)
    .option("--deadline <moment>", "give up what is not done by then", moment)
    .option("--key <key>", "a repeat with the same key is the same command (default: a new one)")
    .option("--dry-run", "say what would be done and what it would wait for; do nothing")
    .option("--wait", "show progress until it is done, and what is waited for")
    .addOption(timeoutOption(timeout));
}

function moment(text: string): string {
  if (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  )
    return new Date(text).toISOString();
  throw new InvalidArgumentError("Write a moment with its zone, like 2026-12-05T02:00:00Z.");
}

/** @throws CommandError when it is refused, or, waiting, when it does not succeed */
export async function sendCommand(command: Command, cluster: string, sent: Sent): Promise<void> {
  const api = clientFor(command);
  const { reason, notBefore, deadline, key, dryRun, wait, timeout } = command.opts<Options>();
  await clusterNamed(api, cluster);
  const body = {
    ...sent,
    ...(reason === undefined ? {} : { reason }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(deadline === undefined ? {} : { deadline }),
    idempotencyKey: key ?? randomUUID(),
  };
  if (dryRun === true) {
    const plan = await api.planCommand(cluster, body);
    process.stdout.write(`${plan.map((line) => `${color.dim("·")} ${line}`).join("\n")}\n`);
    process.stdout.write(color.dim("nothing was done: leave out --dry-run to do it\n"));
    return;
  }
  const operation = await api.command(cluster, body);
  process.stdout.write(
    `${color.green("✓")} ${sent.command} of ${color.bold(nameOf(cluster, sent))} was asked for: operation ${operation.id}\n`,
  );
  if (wait !== true) {
    const soon = notBefore === undefined ? await firstNews(api, cluster, operation) : operation;
    if (soon.result === "running")
      process.stdout.write(color.dim(`  npx clusterwright operations ${cluster}   # how far it is\n`));
    else process.stdout.write(`${color.green("✓")} ${successOf(soon)}\n`);
    return;
  }
  await waitForOperation(api, cluster, operation, { timeoutMs: timeout, signal: interrupted() });
}

function nameOf(cluster: string, { node, pool }: Sent): string {
  return node ?? (pool === undefined ? cluster : `pool ${pool} of ${cluster}`);
}
