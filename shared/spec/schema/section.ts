/** Builds the parts of the schema that hold named fields; an unknown name is an error that knows the right ones. */
import { z } from "zod";

/** A strict object. The message of an unknown key lists the known ones, for `zod-errors.ts` to find the one meant. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? Object.keys(shape).join(",") : undefined),
  });
}
