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
