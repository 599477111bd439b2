/**
 * Makes docs/reference/cli.md from the commands' own help.
 * `node tools/cli-reference.ts` writes it, `node tools/cli-reference.ts --check` exits 1 when it is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { createProgram } from "../cli/program.ts";

const PAGE = fileURLToPath(new URL("../docs/reference/cli.md", import.meta.url));
/** Lines of a page are read in a browser. */
const WIDTH = 100;

const OPENING = `# The command line

Made from the commands' own help (\`node tools/cli-reference.ts\`): do not edit it here.

From a clone, write \`npx clusterwright …\` for \`clusterwright …\`. Commands find the control plane that \`start\` or \`serve\` runs on this machine by themselves; for another one, set:

| Variable | Holds |
|---|---|
| \`CLUSTERWRIGHT_SERVER\` | URL of the control plane's API, like \`--server\` |
| \`CLUSTERWRIGHT_TOKEN\` | an identity token for it (\`gcloud auth print-identity-token\`) |
| \`CLUSTERWRIGHT_STATE\` | file in which \`serve\` leaves its address and token (default: \`~/.local/state/clusterwright/server.json\`) |
| \`NO_COLOR\` | no colors |
`;

/** Pure. */
export function cliReference(): string {
  const program = createProgram();
  const pages = program.commands.flatMap((command) => [
    page(command, "clusterwright"),
    ...childPages(command),
  ]);
  return [OPENING, `## clusterwright\n\n${helpOf(program)}`, ...pages].join("\n");
}

function childPages(command: Command): readonly string[] {
  return command.commands.map((child) => page(child, `clusterwright ${command.name()}`));
}

function page(command: Command, parent: string): string {
  return `## ${parent} ${command.name()}\n\n${helpOf(command)}`;
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}

function stored(): string {
  try {
    return readFileSync(PAGE, "utf8");
  } catch {
    return "";
  }
}

function main(args: readonly string[]): number {
  if (!args.includes("--check")) {
    writeFileSync(PAGE, cliReference());
    return 0;
  }
  if (stored() === cliReference()) return 0;
  console.error("docs/reference/cli.md is stale. Run: node tools/cli-reference.ts");
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
