/** `clusterwright describe NAME`: everything a person wants to know about one cluster on one screen. */
import { Command } from "commander";
import { clientFor, clusterNamed } from "../context.ts";
import { outputWidth } from "../output-width.ts";
import { describeCluster } from "../show/describe.ts";
import { maintenanceIn } from "../show/maintenance.ts";

const EVENTS_SHOWN = 5;

export function describeCommand(): Command {
  return new Command("describe")
    .description(
      "show one cluster: conditions, resources, what is going on, nodes out of service, what happened last",
    )
    .argument("<name>", "the cluster")
    .addHelpText("after", "\nExample:\n  clusterwright describe quickstart")
    .action(async (name: string, _options: unknown, command: Command) => {
      const api = clientFor(command);
      const cluster = await clusterNamed(api, name);
      const [events, disruptions] = await Promise.all([
        api.events(name, EVENTS_SHOWN),
        // A document that was not taken in yet has no status, and nothing of it is out of service.
        cluster.status === undefined ? [] : api.disruptions(name),
      ]);
      const nowMs = Date.now();
      const seen = { cluster, events, disruptions, maintenance: maintenanceIn(cluster, nowMs) };
      process.stdout.write(describeCluster(seen, nowMs, outputWidth()));
    });
}
