/** `clusterwright cloud`: the simulated cloud alone, for gcloud, Google's clients and `serve --cloud`. */
import { Command } from "commander";
import color from "picocolors";
import { jsonLog } from "../embedded/log.ts";
import { untilInterrupted } from "../embedded/until-interrupted.ts";
import { DEMO_PROJECT, gcloudEnvironment, startSimulatedCloud } from "../wiring.ts";

const DEFAULT_PORT = 8090;

export function cloudCommand(): Command {
  const command = new Command("cloud")
    .description("run a simulated Google Cloud on 127.0.0.1 until interrupted")
    .option("--port <number>", "port of Google's APIs", Number, DEFAULT_PORT)
    .option("--speed <factor>", "how much faster than the real one it is", Number, 1)
    .option("--project <id...>", "projects that exist", [DEMO_PROJECT])
    .action(async (options: { port: number; speed: number; project: string[] }) => {
      const cloud = await startSimulatedCloud({
        ...options,
        projects: options.project,
        log: jsonLog(process.stderr, "warning"),
      });
      process.stdout.write(
        `${color.green("✓")} simulated cloud at ${cloud.url}, project ${options.project.join(", ")}\n`,
      );
      process.stdout.write(
        `  gcloud:  eval "$(clusterwright cloud env --port ${new URL(cloud.url).port})"\n`,
      );
      process.stdout.write(`  serve:   clusterwright serve --cloud ${cloud.url}\n`);
      await untilInterrupted();
      await cloud.close();
    });
  command
    .command("env")
    .description("print what makes gcloud use it, for eval")
    .option("--port <number>", "port of Google's APIs", Number, DEFAULT_PORT)
    .option("--project <id>", "the project to work in", DEMO_PROJECT)
    .action(({ port, project }: { port: number; project: string }) => {
      for (const [name, value] of Object.entries(gcloudEnvironment(`http://127.0.0.1:${port}`, project))) {
        process.stdout.write(`export ${name}='${value}'\n`);
      }
    });
  return command;
}
