/** `clusterwright explain node|operation NAME`: why something happened, from the records of what was heard and decided. */
import { Command, Option } from "commander";
import { clientFor, clusterNamed } from "../context.ts";
import { clusterOfNode } from "../node-name.ts";
import { clusterOfOperation } from "../operation-cluster.ts";
import { outputWidth } from "../output-width.ts";
import { explanationLines } from "../show/explain.ts";

interface Options {
  readonly cluster?: string;
  readonly output: "text" | "json";
}

const WHAT = { node: "nodes", operation: "operations" } as const;
const CLUSTER_OF = { node: clusterOfNode, operation: clusterOfOperation } as const;
const EXAMPLES = `
Examples:
  clusterwright explain node quickstart-ab12cd-n-general-x7k2
  clusterwright explain operation update-3 --cluster quickstart
  clusterwright explain operation repair-mx1x196e -o json | jq '.passes[].steps'`;

export function explainCommand(): Command {
  const command = new Command("explain").description(
    "say why something happened: what was heard, what was decided with which numbers, what came of it",
  );
  for (const [what, description] of [
    ["node", "everything that is on record about a node, or the machine under it"],
    ["operation", "what was done in an operation, and why"],
  ] as const)
    command.addCommand(explainOne(what, description));
  return command.addHelpText("after", EXAMPLES);
}

function explainOne(what: "node" | "operation", description: string): Command {
  return new Command(what)
    .description(description)
    .argument(
      "<name>",
      what === "node" ? "the node's name, as kubectl has it" : "the operation's id, as in operations",
    )
    .option(
      "-c, --cluster <name>",
      `the cluster (default: ${what === "node" ? "by the node's name" : "the one that has it"})`,
    )
    .addOption(
      new Option("-o, --output <format>", "how to print it").choices(["text", "json"]).default("text"),
    )
    .action(async (name: string, options: Options, command: Command) => {
      const api = clientFor(command);
      const id = options.cluster ?? (await CLUSTER_OF[what](api, name));
      await clusterNamed(api, id);
      const explanation = await api.explain(id, WHAT[what], name);
      process.stdout.write(
        options.output === "json"
          ? `${JSON.stringify(explanation, null, 2)}\n`
          : explanationLines(explanation, Date.now(), outputWidth()),
      );
    });
}
