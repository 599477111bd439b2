/** Colors on a terminal, none in a file or a pipe, and none under NO_COLOR (https://no-color.org). */
import pico from "picocolors";

export function wantsColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  if ((env["FORCE_COLOR"] ?? "0") !== "0") return true;
  return isTerminal && env["TERM"] !== "dumb";
}

export const color = pico.createColors(wantsColor(process.env, process.stdout.isTTY === true));
