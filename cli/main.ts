/** The command line: one file a command, put together here. */
import { Command } from "commander";
import { applyCommand } from "./commands/apply.ts";
import { cloudCommand } from "./commands/cloud.ts";
import { deleteCommand } from "./commands/delete.ts";
import { describeCommand } from "./commands/describe.ts";
import { eventsCommand } from "./commands/events.ts";
import { getCommand } from "./commands/get.ts";
import { kubeconfigCommand } from "./commands/kubeconfig.ts";
import { serveCommand } from "./commands/serve.ts";
import { startCommand } from "./commands/start.ts";
import { validateCommand } from "./commands/validate.ts";
import { waitCommand } from "./commands/wait.ts";
import { explainFailure } from "./show/failure.ts";

const program = new Command("clusterwright")
  .description("Kubernetes clusters on Google Cloud from documents, with nothing that has to keep running.")
  .option("--server <url>", "the control plane's API (default: the one that runs on this machine)")
  .showHelpAfterError("(run it with --help to see how it is used)")
  .showSuggestionAfterError();
for (const command of [
  startCommand(),
  serveCommand(),
  validateCommand(),
  applyCommand(),
  getCommand(),
  describeCommand(),
  waitCommand(),
  eventsCommand(),
  kubeconfigCommand(),
  deleteCommand(),
  cloudCommand(),
]) {
  program.addCommand(command);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exitCode = 1;
}
