/** What a person reads when a command fails: what is wrong and how to solve it; a stack only for our own mistakes. */
import { describeFieldError } from "../../shared/spec/field-error.ts";
import { ApiError } from "../api-client.ts";
import { CommandError, Interrupted } from "../command-error.ts";
import { color } from "./color.ts";

export function explainFailure(error: unknown): string {
  if (error instanceof ApiError && error.fields.length > 0) {
    const fields = error.fields.map((field) => `  ${describeFieldError(field)}`);
    return [`${color.red("error:")} ${error.message}`, ...fields].join("\n");
  }
  if (error instanceof Interrupted) return error.message;
  if (error instanceof CommandError) return `${color.red("error:")} ${error.message}`;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${color.red("unexpected error:")} ${text}\nThis is a mistake of Clusterwright's, not yours.`;
}
