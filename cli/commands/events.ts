/** `clusterwright events NAME`: what happened and why, oldest first; `--follow` goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import { Unreachable } from "../command-error.ts";
import { clientFor, clusterNamed } from "../context.ts";
import { interrupted } from "../interrupt.ts";
import { eventLines } from "../show/events.ts";

interface Options {
  readonly follow?: boolean;
  readonly last: number;
  readonly output: "text" | "json";
}

/** Most that the API answers at once. */
const PAGE_MAX = 200;
const FOLLOW_EVERY_MS = 1_000;

const EXAMPLES = `
Examples:
  clusterwright events quickstart
  clusterwright events quickstart --follow
  clusterwright events quickstart -o json | jq -r '.lines[].message'`;

export function eventsCommand(): Command {
  return new Command("events")
    .description("show what happened to a cluster and why, oldest first")
    .argument("<name>", "the cluster")
    .option("-f, --follow", "go on until interrupted")
    .option("--last <count>", `passes to look back, at most ${PAGE_MAX}`, parseCount, 50)
    .addOption(
      new Option("-o, --output <format>", "text, or one JSON object a line")
        .choices(["text", "json"])
        .default("text"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: Options, command: Command) => {
      const api = clientFor(command);
      // With --follow one may wait for a cluster that is not there yet.
      if (options.follow !== true) await clusterNamed(api, name);
      const signal = options.follow === true ? interrupted() : undefined;
      const seen = new Set<string>();
      for (let most = options.last; ; most = PAGE_MAX) {
        // What is older than the last N counts as seen too, or the next look would show it as news.
        const asked = options.follow === true ? PAGE_MAX : options.last;
        const found = await api.events(name, asked).catch((error: unknown) => {
          if (seen.size > 0 && error instanceof Unreachable) return [];
          throw error;
        });
        const news = found.filter((one) => !seen.has(nameOf(one)));
        for (const event of news.slice(0, most).reverse())
          process.stdout.write(
            options.output === "json" ? `${JSON.stringify(event)}\n` : eventLines(event, Date.now()),
          );
        for (const event of news) seen.add(nameOf(event));
        if (signal === undefined) return;
        await sleep(FOLLOW_EVERY_MS, undefined, { signal }).catch(() => {});
        if (signal.aborted) return;
      }
    });
}

/** A cluster made anew under the same name counts its passes from one again. */
function nameOf({ uid, epoch }: EventRecord): string {
  return `${uid}-${epoch}`;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= PAGE_MAX) return count;
  throw new InvalidArgumentError(`Write a number from 1 to ${PAGE_MAX}.`);
}
