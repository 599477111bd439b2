/** Moments as clouds and clusters write them. Pure. */
import { readMoment } from "../spec/moment.ts";

/** RFC 3339 in milliseconds since 1970; nothing for what is missing, no time, or out of all bounds. */
export const momentOf = readMoment;
