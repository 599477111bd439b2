/** Times as the API writes them: RFC 3339 with milliseconds and the offset of its home. */

/** The API answers in Pacific time; a fixed offset keeps worlds equal the year round. */
const OFFSET_MS = -7 * 3_600_000;
const OFFSET = "-07:00";

/** Many things happen in one instant of virtual time: they share its text. */
let lastMs = Number.NaN;
let lastText = "";

export function formatTime(ms: number): string {
  if (ms === lastMs) return lastText;
  lastMs = ms;
  // Joined, for what is put together stays a tree of its pieces.
  lastText = [new Date(ms + OFFSET_MS).toISOString().slice(0, -1), OFFSET].join("");
  return lastText;
}
