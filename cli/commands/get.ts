/** `clusterwright get [NAME]`: what there is, as a table, JSON or YAML. */
import { Command, Option } from "commander";
import { writeYaml } from "../../shared/spec/yaml.ts";
import { clientFor, clusterNamed } from "../context.ts";
import { clusterTable } from "../show/table.ts";

export function getCommand(): Command {
  return new Command("get")
    .description("list clusters, or show one")
    .argument("[name]")
    .addOption(
      new Option("-o, --output <format>", "how to print it")
        .choices(["table", "json", "yaml"])
        .default("table"),
    )
    .action(
      async (
        name: string | undefined,
        { output }: { output: "table" | "json" | "yaml" },
        command: Command,
      ) => {
        const api = clientFor(command);
        const clusters = name === undefined ? await api.list() : [await clusterNamed(api, name)];
        const whole = name === undefined ? clusters : clusters[0];
        if (output === "json") process.stdout.write(`${JSON.stringify(whole, null, 2)}\n`);
        else if (output === "yaml") process.stdout.write(writeYaml(whole));
        else process.stdout.write(clusterTable(clusters, Date.now()));
      },
    );
}
