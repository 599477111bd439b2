/** Events as lines: when, what, to what, why. Pure. */
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import { color } from "./color.ts";

export function eventLines(event: EventRecord, nowMs: number): string {
  const at = color.dim(moment(event.atMs, nowMs));
  return event.lines
    .map((line) => {
      const mark = line.level === "warning" ? color.yellow("!") : color.dim("·");
      const what = [verbWords(line.verb).padEnd(VERB_WIDTH), shortKey(line.key)].join(" ").trimEnd();
      return `${at} ${mark} ${what}${line.message === "" ? "" : `  ${color.dim(line.message)}`}\n`;
    })
    .join("");
}
/** `succeeded`; the few longer ones, like `deleteInstances`, push their line on. */
const VERB_WIDTH = 9;

/** `projects/p/global/networks/n` → `networks/n`; a path inside the cluster likewise: `/api/v1/nodes/n` → `nodes/n`. */
export function shortKey(key: string): string {
  return key.split("/").slice(-2).map(decoded).join("/");
}
function decoded(part: string): string {
  return URL.canParse(`x:/${part}`) ? decodeURIComponent(part.replace(/%(?![0-9a-f]{2})/gi, "%25")) : part;
}

/** `instances.setLabels` → `setLabels`. */
function verbWords(verb: string): string {
  return verb.split(".").at(-1) ?? verb;
}

/** The time of today, else the day too; local, as the terminal's clock. */
export function moment(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return at.toDateString() === new Date(nowMs).toDateString() ? time : `${day} ${time}`;
}
