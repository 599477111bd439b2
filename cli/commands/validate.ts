/** `clusterwright validate FILE…`: checks documents without a control plane. */
import { Command } from "commander";
import color from "picocolors";
import { describeFieldError } from "../../shared/spec/field-error.ts";
import { unsupported } from "../../shared/spec/support.ts";
import { validateCluster } from "../../shared/spec/validate.ts";
import { readSpecFile } from "../spec-file.ts";

export function validateCommand(): Command {
  return new Command("validate")
    .description("check cluster documents, with the reason and the remedy for each mistake")
    .argument("<file...>", "YAML files, or - for standard input")
    .action((files: string[]) => {
      const wrong = files.filter((file) => !validateFile(file));
      if (wrong.length > 0) process.exitCode = 1;
    });
}

/** Prints what it finds; true when the control plane would accept the file. */
function validateFile(file: string): boolean {
  const validation = validateCluster(readSpecFile(file), { nowMs: Date.now() });
  const errors = validation.ok ? unsupported(validation.spec) : validation.errors;
  if (errors.length === 0) {
    process.stdout.write(`${color.green("✓")} ${file}\n`);
    return true;
  }
  process.stdout.write(`${color.red("✗")} ${file}\n`);
  for (const error of errors) process.stdout.write(`  ${describeFieldError(error)}\n`);
  return false;
}
