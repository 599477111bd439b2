/** Moments as people write them: `2026-11-20`, `2026-11-20T18:00Z`, or a local time, which is read as UTC. */

/** Reads a moment without a zone as UTC. Nothing for the 31st of February. */
export function momentMs(text: string): number | undefined {
  const [date = "", time] = text.split("T");
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  if (time === undefined) return midnight;
  const ms = Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(time) ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Beyond what can be: a moment near the end of a Date's range cannot be added to. */
const MOMENT_MAX_MS = Date.UTC(9999, 0);

/** A moment as a cloud or a cluster writes it. Nothing for what is missing, is no time, or is out of all bounds. */
export function readMoment(time: string | undefined): number | undefined {
  const ms = Date.parse(time ?? "");
  return Number.isNaN(ms) || Math.abs(ms) > MOMENT_MAX_MS ? undefined : ms;
}
