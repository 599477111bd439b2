/** `clusterwright start` (npm start): the whole thing on this machine, a simulated cloud included, up to a first cluster. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import color from "picocolors";
import { createApiClient } from "../api-client.ts";
import { CommandError } from "../command-error.ts";
import { type Embedded, type EmbeddedOptions, startEmbedded } from "../embedded/control-plane.ts";
import { jsonLog } from "../embedded/log.ts";
import { untilInterrupted } from "../embedded/until-interrupted.ts";
import { leaveNote } from "../server-address.ts";
import { nextSteps } from "../show/next-steps.ts";
import { readValidSpec } from "../spec-file.ts";
import { parseTimeout, waitFor } from "../wait-for.ts";
import { loopbackTwin, startSimulatedCloud } from "../wiring.ts";

interface Options {
  readonly once?: boolean;
  readonly data?: string;
  readonly file: string;
  readonly speed: number;
  readonly timeout: string;
  readonly verbose?: boolean;
}

const PORT = 8080;
const QUICKSTART = new URL("../../examples/quickstart.yaml", import.meta.url).pathname;

export function startCommand(): Command {
  return new Command("start")
    .description("run a control plane against a simulated cloud and bring up a first cluster")
    .option("--once", "end when the cluster is Ready")
    .option("--data <folder>", "keep documents there (default: a folder that is removed at the end)")
    .option("--file <path>", "the cluster to bring up", QUICKSTART)
    .option("--speed <factor>", "how much faster than the real one the simulated cloud is", Number, 20)
    .option("--timeout <duration>", "give up after this long", "5m")
    .option("--verbose", "print the control plane's log")
    .action(start);
}

async function start(options: Options): Promise<void> {
  const { name, spec } = readValidSpec(options.file, Date.now());
  const log = jsonLog(process.stderr, options.verbose === true ? "info" : "error");
  const temporary = options.data === undefined ? mkdtempSync(join(tmpdir(), "clusterwright-")) : undefined;
  const cloud = await startSimulatedCloud({ speed: options.speed, log });
  process.stdout.write(
    `${color.green("✓")} simulated cloud at ${cloud.url}, ${options.speed} times faster than the real one\n`,
  );
  const data = options.data ?? temporary ?? "";
  const embedded = await startOnSomePort({ data, port: PORT, cloud: cloud.url, resolve: loopbackTwin, log });
  const forget = leaveNote(process.env, embedded.address);
  process.stdout.write(`${color.green("✓")} control plane at ${embedded.address.url}\n`);
  try {
    const api = createApiClient(embedded.address);
    await api.put(name, spec);
    await waitFor(api, name, "ready", parseTimeout(options.timeout));
    if (options.once !== true) {
      process.stdout.write(nextSteps(name));
      await untilInterrupted();
    }
  } finally {
    forget();
    await embedded.stop();
    await cloud.close();
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

/** The usual port, or a free one when something else has it: the other commands find it either way. */
async function startOnSomePort(options: EmbeddedOptions): Promise<Embedded> {
  try {
    return await startEmbedded(options);
  } catch (error) {
    if (!(error instanceof CommandError) || !error.message.startsWith("port ")) throw error;
    return startEmbedded({ ...options, port: 0 });
  }
}
