/** `clusterwright describe NAME`: everything a person wants to know about one cluster on one screen. */
import { Command } from "commander";
import { clientFor, clusterNamed } from "../context.ts";
import { describeCluster } from "../show/describe.ts";
import { WIDTH_DEFAULT } from "../show/text.ts";

const EVENTS_SHOWN = 5;
/** In a file, lines need not end where a terminal does. */
const WIDTH_OF_FILES = 160;

export function describeCommand(): Command {
  return new Command("describe")
    .description("show one cluster: conditions, resources, what is going on, what happened last")
    .argument("<name>", "the cluster")
    .addHelpText("after", "\nExample:\n  clusterwright describe quickstart")
    .action(async (name: string, _options: unknown, command: Command) => {
      const api = clientFor(command);
      const cluster = await clusterNamed(api, name);
      const events = await api.events(name, EVENTS_SHOWN);
      const width =
        process.stdout.isTTY === true ? (process.stdout.columns ?? WIDTH_DEFAULT) : WIDTH_OF_FILES;
      process.stdout.write(describeCluster(cluster, events, Date.now(), width));
    });
}
