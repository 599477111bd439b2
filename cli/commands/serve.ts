/** `clusterwright serve`: the control plane in one process, against a real project or the simulated cloud. */
import { Command, InvalidArgumentError } from "commander";
import color from "picocolors";
import { startEmbedded } from "../embedded/control-plane.ts";
import { jsonLog } from "../embedded/log.ts";
import { untilInterrupted } from "../embedded/until-interrupted.ts";
import { leaveNote } from "../server-address.ts";
import { loopbackTwin, startSimulatedCloud } from "../wiring.ts";

interface Options {
  readonly data: string;
  readonly port: number;
  readonly simulate?: boolean;
  readonly speed: number;
  readonly cloud?: string;
  readonly joinUrl?: string;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the control plane in this process until interrupted")
    .option("--data <folder>", "where documents are kept", ".clusterwright")
    .option("--port <number>", "port of the API on 127.0.0.1", portNumber, 8080)
    .option("--simulate", "against a simulated cloud in this process, gone with it")
    .option("--speed <factor>", "how much faster than the real one the simulated cloud is", positive, 20)
    .option("--cloud <url>", "against a simulated cloud that runs elsewhere (clusterwright cloud)")
    .option("--join-url <url>", "where machines reach /node-join (default: this process)")
    .action(async (options: Options) => {
      const log = jsonLog(process.stderr, "info");
      const simulated =
        options.simulate === true ? await startSimulatedCloud({ speed: options.speed, log }) : undefined;
      const cloud = simulated?.url ?? options.cloud;
      const resolve = cloud === undefined ? undefined : loopbackTwin;
      const embedded = await startEmbedded({
        data: options.data,
        port: options.port,
        cloud,
        joinUrl: options.joinUrl,
        resolve,
        log,
      });
      const forget = leaveNote(process.env, embedded.address);
      process.stdout.write(
        `${color.green("✓")} control plane at ${embedded.address.url}, documents in ${options.data}\n`,
      );
      if (simulated !== undefined)
        process.stdout.write(`${color.green("✓")} simulated cloud at ${simulated.url}\n`);
      await untilInterrupted();
      forget();
      await embedded.stop();
      await simulated?.close();
    });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is a number from 0 (any free one) to 65535");
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("it must be a number above 0");
}
