/** Moments as clouds and clusters write them. Pure. */

/** RFC 3339 in milliseconds since 1970; nothing for what is missing or no time. */
export function momentOf(time: string | undefined): number | undefined {
  const ms = Date.parse(time ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}
