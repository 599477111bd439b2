/** Values of options as commander parses them: each refuses what it cannot take, saying what it can. */
import { InvalidArgumentError, Option } from "commander";
import { DURATION_PATTERN, durationMs } from "../shared/spec/duration.ts";
import { PROJECT_ID } from "../shared/spec/schema/text.ts";

const PORT_MAX = 65_535;

export function portNumber(text: string): number {
  const port = Number(text);
  if (text !== "" && Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port;
  throw new InvalidArgumentError(`Write a number from 0 (any free port) to ${PORT_MAX}.`);
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Write a number above 0.");
}

/** As it was written: it goes to the API as a text. */
export function wholeNumberText(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new InvalidArgumentError("Write a whole number, like 3.");
}

/** Ids of projects, parted by commas. */
export function projectIds(text: string): readonly string[] {
  const ids = text.split(",").map((id) => id.trim());
  const wrong = ids.find((id) => !PROJECT_ID.test(id));
  if (wrong === undefined) return ids;
  throw new InvalidArgumentError(
    `"${wrong}" is no project's id: write one or more, like acme-host,acme-hub.`,
  );
}

/** To milliseconds. */
export function duration(text: string): number {
  if (text !== "" && DURATION_PATTERN.test(text)) return durationMs(text);
  throw new InvalidArgumentError("Write a duration like 90s, 30m or 2h.");
}

export function durationOption(flags: string, what: string): Option {
  return new Option(flags, what).argParser(duration);
}

export function timeoutOption(otherwise: string): Option {
  return new Option("--timeout <duration>", "give up waiting after this long, like 90s, 30m or 2h")
    .argParser(duration)
    .default(durationMs(otherwise), otherwise);
}

export function speedOption(): Option {
  return new Option("--speed <factor>", "how much faster than the real one the simulated cloud is")
    .argParser(positiveNumber)
    .default(20);
}
