/** `clusterwright get [NAME…]`: what there is, as a table, JSON or YAML. */
import { Command, Option } from "commander";
import { writeYaml } from "../../shared/spec/yaml.ts";
import { clientFor, clusterNamed } from "../context.ts";
import { clusterTable, NO_CLUSTERS } from "../show/table.ts";

type Format = "table" | "wide" | "json" | "yaml";

const EXAMPLES = `
Examples:
  clusterwright get
  clusterwright get quickstart -o yaml
  clusterwright get -o json | jq '.[].status.phase'`;

export function getCommand(): Command {
  return new Command("get")
    .description("list clusters, or show some of them")
    .argument("[name...]", "clusters (default: all)")
    .addOption(
      new Option("-o, --output <format>", "how to print them")
        .choices(["table", "wide", "json", "yaml"])
        .default("table"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], { output }: { output: Format }, command: Command) => {
      const api = clientFor(command);
      const clusters =
        names.length === 0
          ? await api.list()
          : await Promise.all(names.map((name) => clusterNamed(api, name)));
      const whole = names.length === 1 ? clusters[0] : clusters;
      if (output === "json") process.stdout.write(`${JSON.stringify(whole, null, 2)}\n`);
      else if (output === "yaml") process.stdout.write(writeYaml(whole));
      else if (clusters.length === 0) process.stderr.write(NO_CLUSTERS);
      else process.stdout.write(clusterTable(clusters, Date.now(), output === "wide"));
    });
}
