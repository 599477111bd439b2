/** Reads a cluster spec from a YAML file, or from standard input for `-`. */
import { readFileSync } from "node:fs";
import { describeFieldError, type FieldError } from "../shared/spec/field-error.ts";
import { validateCluster } from "../shared/spec/validate.ts";
import { describeYamlError, readYaml } from "../shared/spec/yaml.ts";
import { CommandError } from "./command-error.ts";

/** @throws CommandError when the file cannot be read or is not YAML */
export function readSpecFile(path: string): unknown {
  const read = readYaml(textOf(path));
  if (read.ok) return read.document;
  throw new CommandError(
    [`${path} is not YAML that can be read:`, ...read.errors.map(describeYamlError)].join("\n  "),
  );
}

/** The document of a valid spec, and its name. @throws SpecFileError */
export function readValidSpec(
  path: string,
  nowMs: number,
): { readonly name: string; readonly spec: unknown } {
  const document = readSpecFile(path);
  const validation = validateCluster(document, { nowMs });
  if (!validation.ok) throw new SpecFileError(path, validation.errors);
  return { name: validation.spec.name, spec: document };
}

export class SpecFileError extends CommandError {
  readonly errors: readonly FieldError[];
  constructor(path: string, errors: readonly FieldError[]) {
    const lines = errors.map((error) => describeFieldError(error));
    super([`${path} is not a valid cluster spec:`, ...lines].join("\n  "));
    this.errors = errors;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
