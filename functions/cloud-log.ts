/** Structured log lines as Cloud Logging reads them from a function's output: one JSON object a line. */
import type { Log } from "../shared/ports/log.ts";

export const cloudLog: Log = (level, message, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ severity: level.toUpperCase(), message, ...fields })}\n`);
};
