/** Structured log lines of an embedded control plane: JSON to a stream, as Cloud Logging would take them. */
import type { Log, LogLevel } from "../../shared/ports/log.ts";

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warning: 2, error: 3 };

export function jsonLog(stream: NodeJS.WritableStream, least: LogLevel): Log {
  return (level, message, fields = {}) => {
    if (RANK[level] < RANK[least]) return;
    stream.write(
      `${JSON.stringify({ time: new Date().toISOString(), severity: level.toUpperCase(), message, ...fields })}\n`,
    );
  };
}
