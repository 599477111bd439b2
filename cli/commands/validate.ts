/** `clusterwright validate FILE…`: checks documents without a control plane. */
import { Command } from "commander";
import { projectsOf } from "../../shared/resources/owner.ts";
import { CommandError } from "../command-error.ts";
import { color } from "../show/color.ts";
import { counted } from "../show/text.ts";
import { checkSpec, readSpecTexts, type ValidSpec } from "../spec-file.ts";

const EXAMPLES = `
Examples:
  clusterwright validate examples/*.yaml
  clusterwright validate - < cluster.yaml`;

export function validateCommand(): Command {
  return new Command("validate")
    .description(
      "check cluster documents without a control plane: each mistake with its line, reason and remedy",
    )
    .argument("<file...>", "YAML files of one or more documents, or - for standard input")
    .addHelpText("after", EXAMPLES)
    .action((files: string[]) => {
      const checked = readSpecTexts(files).map((text) => checkSpec(text, Date.now()));
      for (const one of checked) {
        if (one.ok)
          process.stdout.write(`${color.green("✓")} ${one.file}: cluster ${one.name}${hosted(one)}\n`);
        else for (const mistake of one.mistakes) process.stdout.write(`${color.red("✗")} ${mistake}\n`);
      }
      const wrong = checked.filter(({ ok }) => !ok).length;
      if (wrong > 0)
        throw new CommandError(`${wrong} of ${counted(checked.length, "document")} cannot be applied`);
    });
}

/** What only the control plane knows: whether it may use another project's network. */
function hosted({ spec }: ValidSpec): string {
  const [, host] = projectsOf({ spec });
  return host === undefined
    ? ""
    : `, on a shared network of ${host}, which the control plane has to allow (serve --shared-network-projects)`;
}
