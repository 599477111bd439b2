/** Events as lines: when, what, to what, why. Pure. */
import color from "picocolors";
import type { EventRecord } from "../../shared/status/cluster-status.ts";

export function eventLines(event: EventRecord): string {
  const at = color.dim(new Date(event.atMs).toISOString().slice(11, 19));
  return event.lines
    .map((line) => {
      const mark = line.level === "warning" ? color.yellow("!") : color.dim("·");
      const thing = line.key.split("/").slice(-2).join("/");
      return `${at} ${mark} ${line.verb.padEnd(8)} ${thing}  ${color.dim(line.message)}\n`;
    })
    .join("");
}
