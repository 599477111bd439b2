/** `clusterwright events NAME`: what happened and why, oldest first; `--follow` goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { clientFor, clusterNamed } from "../context.ts";
import { eventLines } from "../show/events.ts";

const PAGE = 100;
const FOLLOW_EVERY_MS = 1_000;

export function eventsCommand(): Command {
  return new Command("events")
    .description("show what happened to a cluster and why")
    .argument("<name>")
    .option("-f, --follow", "go on until interrupted")
    .option("--last <count>", "passes to look back", "50")
    .action(async (name: string, options: { follow?: boolean; last: string }, command: Command) => {
      const api = clientFor(command);
      if (options.follow !== true) await clusterNamed(api, name);
      let seen = 0;
      for (let count = Number(options.last) || PAGE; ; count = PAGE) {
        const news = (await api.events(name, count)).filter((event) => event.epoch > seen).reverse();
        for (const event of news) process.stdout.write(eventLines(event));
        seen = Math.max(seen, ...news.map((event) => event.epoch));
        if (options.follow !== true) return;
        await sleep(FOLLOW_EVERY_MS);
      }
    });
}
