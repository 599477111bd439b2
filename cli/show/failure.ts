/** What a person reads when a command fails: what is wrong and how to solve it; a stack only for our own mistakes. */
import { describeFieldError } from "../../shared/spec/field-error.ts";
import { ApiError } from "../api-client.ts";
import { CommandError, Interrupted } from "../command-error.ts";
import { color } from "./color.ts";

export function explainFailure(error: unknown): string {
  if (error instanceof ApiError && error.fields.length > 0) {
    // Of a command that edits the spec, the message has them: programs that see nothing else need it whole.
    const fields = error.fields.map(describeFieldError).filter((text) => !error.message.includes(text));
    return [`${color.red("error:")} ${error.message}`, ...fields.map((text) => `  ${text}`)].join("\n");
  }
  if (error instanceof Interrupted) return error.message;
  if (error instanceof CommandError) return `${color.red("error:")} ${error.message}`;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${color.red("unexpected error:")} ${text}\nThis is a mistake of Clusterwright's, not yours.`;
}
