/** `clusterwright cloud`: the simulated cloud alone, for gcloud, Google's clients and `serve --cloud`. */
import { Command, Option } from "commander";
import { CommandError } from "../command-error.ts";
import { jsonLog } from "../embedded/log.ts";
import { untilInterrupted } from "../embedded/until-interrupted.ts";
import { portNumber, positiveNumber } from "../option-values.ts";
import { readNote } from "../server-address.ts";
import { color } from "../show/color.ts";
import { DEMO_PROJECT, gcloudEnvironment, startSimulatedCloud } from "../wiring.ts";

interface Options {
  readonly port: number;
  readonly speed: number;
  readonly project: string[];
}

const DEFAULT_PORT = 8090;

const EXAMPLES = `
Examples:
  clusterwright cloud --speed 20
  eval "$(clusterwright cloud env)"        # this shell's gcloud now uses the simulated cloud
  gcloud compute instances list
  clusterwright serve --cloud http://127.0.0.1:${DEFAULT_PORT}`;

const ENV_EXAMPLES = `
Without --port it is the simulated cloud of the control plane that runs on this machine, or else port ${DEFAULT_PORT}.
Your own gcloud configuration stays as it is; a new shell uses it again.

Example:
  eval "$(clusterwright cloud env)"`;

export function cloudCommand(): Command {
  const command = new Command("cloud")
    .description("run a simulated Google Cloud on 127.0.0.1 until interrupted")
    .option("--port <number>", "port of Google's APIs", portNumber, DEFAULT_PORT)
    .option("--speed <factor>", "how much faster than the real one it is", positiveNumber, 1)
    .addOption(new Option("--project <id...>", "projects that exist").default([DEMO_PROJECT], DEMO_PROJECT))
    .addHelpText("after", EXAMPLES)
    .action(run);
  command
    .command("env")
    .description("print what makes gcloud use the simulated cloud, for eval")
    .option("--port <number>", "port of Google's APIs", portNumber)
    .option("--project <id>", "the project to work in", DEMO_PROJECT)
    .addHelpText("after", ENV_EXAMPLES)
    .action((_options: unknown, env: Command) => {
      // `--port` and `--project` are options of `cloud` too, and `cloud` takes them wherever they stand.
      const said = [env, command].find((one) => one.getOptionValueSource("port") === "cli");
      const named = [env, command].find((one) => one.getOptionValueSource("project") === "cli");
      const port = said?.opts<{ port: number }>().port;
      const project = [named?.opts<{ project: string | string[] }>().project ?? DEMO_PROJECT].flat()[0];
      for (const [name, value] of Object.entries(gcloudEnvironment(cloudUrl(port), project ?? DEMO_PROJECT)))
        process.stdout.write(`export ${name}='${value}'\n`);
    });
  return command;
}

async function run({ port, speed, project }: Options): Promise<void> {
  const log = jsonLog(process.stderr, "warning");
  const cloud = await startSimulatedCloud({ speed, projects: project, log, port }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new CommandError(`port ${port} is taken: choose another with --port, or 0 for any free one`);
  });
  const at = new URL(cloud.url).port;
  process.stdout.write(
    [
      `${color.green("✓")} simulated cloud at ${cloud.url}, project ${project.join(", ")}`,
      `  gcloud:         eval "$(npx clusterwright cloud env --port ${at})"`,
      `  control plane:  npx clusterwright serve --cloud ${cloud.url}`,
      "",
    ].join("\n"),
  );
  await untilInterrupted();
  await cloud.close();
}

function cloudUrl(port: number | undefined): string {
  if (port !== undefined) return `http://127.0.0.1:${port}`;
  return readNote(process.env)?.cloud ?? `http://127.0.0.1:${DEFAULT_PORT}`;
}
