/** What a person reads when a command fails: what is wrong and how to solve it; a stack only for our own mistakes. */
import color from "picocolors";
import { describeFieldError } from "../../shared/spec/field-error.ts";
import { ApiError } from "../api-client.ts";
import { CommandError } from "../command-error.ts";

export function explainFailure(error: unknown): string {
  if (error instanceof ApiError && error.fields.length > 0) {
    return [
      `${color.red("error:")} ${error.message}`,
      ...error.fields.map((field) => `  ${describeFieldError(field)}`),
    ].join("\n");
  }
  if (error instanceof CommandError) return `${color.red("error:")} ${error.message}`;
  return `${color.red("unexpected error:")} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
