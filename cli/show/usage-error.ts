/** Mistakes in a command line, as the parser tells them, in words that lead on. Pure. */

/** Words of kubectl and its like, and what does that here. */
const CALLED_HERE: Readonly<Record<string, string>> = {
  create: "apply",
  list: "get",
  logs: "events",
  ls: "get",
  ops: "operations",
  replace: "rotate-machine",
  show: "describe",
  status: "describe",
  watch: "wait",
};

export function usageError(text: string): string {
  return meant(text).replace(
    /(?:command-argument value|option '.*?(--[a-z-]+).*?' argument) '(.*?)' is invalid(?: for argument '.*?')?\. Allowed choices are (.*)\./,
    (_all, option: string | undefined, value: string, choices: string) =>
      `'${value}' is no choice${option === undefined ? "" : ` for ${option}`}; use one of ${choices}`,
  );
}

function meant(text: string): string {
  const [, word = ""] = /unknown command '([a-z]+)'/.exec(text) ?? [];
  const here = Object.hasOwn(CALLED_HERE, word) ? CALLED_HERE[word] : undefined;
  if (here === undefined) return text;
  return `${text.replace(/\n\(Did you mean .*\?\)/, "").trimEnd()}\n(Did you mean ${here}?)\n`;
}
