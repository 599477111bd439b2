/** The command line: one file a command, put together here. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { applyCommand } from "./commands/apply.ts";
import { backupCommand } from "./commands/backup.ts";
import { cloudCommand } from "./commands/cloud.ts";
import { cordonCommand } from "./commands/cordon.ts";
import { deleteCommand } from "./commands/delete.ts";
import { describeCommand } from "./commands/describe.ts";
import { drainCommand } from "./commands/drain.ts";
import { eventsCommand } from "./commands/events.ts";
import { explainCommand } from "./commands/explain.ts";
import { getCommand } from "./commands/get.ts";
import { kubeconfigCommand } from "./commands/kubeconfig.ts";
import { maintenanceCommand } from "./commands/maintenance.ts";
import { operationsCommand } from "./commands/operations.ts";
import { pauseCommand } from "./commands/pause.ts";
import { repairCommand } from "./commands/repair.ts";
import { resizeCommand } from "./commands/resize.ts";
import { restartCommand } from "./commands/restart.ts";
import { resumeCommand } from "./commands/resume.ts";
import { rotateMachineCommand } from "./commands/rotate-machine.ts";
import { serveCommand } from "./commands/serve.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { startCommand } from "./commands/start.ts";
import { uncordonCommand } from "./commands/uncordon.ts";
import { upgradeCommand } from "./commands/upgrade.ts";
import { validateCommand } from "./commands/validate.ts";
import { verifyCommand } from "./commands/verify.ts";
import { waitCommand } from "./commands/wait.ts";
import { usageError } from "./show/usage-error.ts";

const AFTER = `
Exit codes: 0 it worked, 1 it failed (the reason is on standard error), 2 it was called wrongly, 130 interrupted.
Try it without an account: npm start`;

export function createProgram(): Command {
  const program = new Command("clusterwright")
    .description("Kubernetes clusters on Google Cloud from documents, with nothing that has to keep running.")
    .version(version(), "-V, --version", "print the version")
    .option("--server <url>", "the control plane's API (default: the one that runs on this machine)")
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(usageError(text)) })
    .showHelpAfterError("(add --help to see how it is used)")
    .exitOverride()
    .addHelpText("after", AFTER);
  program.commandsGroup("Clusters:");
  for (const command of [
    validateCommand(),
    applyCommand(),
    getCommand(),
    describeCommand(),
    waitCommand(),
    eventsCommand(),
    operationsCommand(),
    explainCommand(),
    kubeconfigCommand(),
    deleteCommand(),
  ])
    program.addCommand(inheriting(program, command));
  program.commandsGroup("Care of nodes:");
  for (const command of [
    upgradeCommand(),
    resizeCommand(),
    repairCommand(),
    restartCommand(),
    rotateMachineCommand(),
    drainCommand(),
    cordonCommand(),
    uncordonCommand(),
    pauseCommand(),
    resumeCommand(),
    backupCommand(),
    verifyCommand(),
    maintenanceCommand(),
  ])
    program.addCommand(inheriting(program, command));
  program.commandsGroup("Running it:");
  for (const command of [startCommand(), serveCommand(), cloudCommand(), simulateCommand()])
    program.addCommand(inheriting(program, command));
  return program;
}

/** What `clusterwright upgrade x --version 1.37` meant, which would print the program's own version and do nothing. */
export function misplacedVersion({ commands }: Command, args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === "--version" || arg === "-V");
  const command = args.slice(0, Math.max(0, at)).find((arg) => commands.some((one) => one.name() === arg));
  if (command === undefined) return undefined;
  const meant = command === "upgrade" ? "\n(Did you mean clusterwright upgrade CLUSTER VERSION?)" : "";
  return `error: unknown option '${args[at]}' for ${command}; alone it prints the program's version${meant}`;
}

/** Commands that are made apart do not know their parent's settings. */
function inheriting(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheriting(command, child);
  return command;
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
