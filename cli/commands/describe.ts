/** `clusterwright describe NAME`: everything a person wants to know about one cluster on one screen. */
import { Command } from "commander";
import { clientFor, clusterNamed } from "../context.ts";
import { outputWidth } from "../output-width.ts";
import { describeCluster } from "../show/describe.ts";

const EVENTS_SHOWN = 5;

export function describeCommand(): Command {
  return new Command("describe")
    .description("show one cluster: conditions, resources, what is going on, what happened last")
    .argument("<name>", "the cluster")
    .addHelpText("after", "\nExample:\n  clusterwright describe quickstart")
    .action(async (name: string, _options: unknown, command: Command) => {
      const api = clientFor(command);
      const cluster = await clusterNamed(api, name);
      const events = await api.events(name, EVENTS_SHOWN);
      process.stdout.write(describeCluster(cluster, events, Date.now(), outputWidth()));
    });
}
