/** How often the list of all machines is asked for by those who rest nothing on it but want to know. Pure. */
import type { Named } from "./resource.ts";

const LIST_EVERY_MS = 20_000;
/** A list has pages of 500 machines. */
const LONG_LIST_EVERY_MS = 60_000;
const LONG_LIST_MIN = 100;

/** The list of the control plane's machines is that of all machines: those that are gone, that never joined, and their state. */
export const ALL_MACHINES = {
  kind: "control-plane",
  everyMs: (before: readonly Named[]) => (before.length < LONG_LIST_MIN ? LIST_EVERY_MS : LONG_LIST_EVERY_MS),
} as const;
