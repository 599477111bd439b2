/** `clusterwright start` (npm start): the whole thing on this machine, a simulated cloud included, up to a first cluster. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { createApiClient } from "../api-client.ts";
import { CommandError } from "../command-error.ts";
import { closingAll } from "../embedded/closing.ts";
import type { Embedded, EmbeddedOptions } from "../embedded/control-plane.ts";
import { jsonLog } from "../embedded/log.ts";
import { aborted, interrupted } from "../interrupt.ts";
import { stayLocal } from "../local-cloud-alone.ts";
import { speedOption, timeoutOption } from "../option-values.ts";
import { leaveNote } from "../server-address.ts";
import { color } from "../show/color.ts";
import { lostClusters } from "../show/lost-clusters.ts";
import { nextSteps } from "../show/next-steps.ts";
import { readValidSpecs } from "../spec-file.ts";
import { waitFor } from "../wait-for.ts";
import { loopbackTwin, startSimulatedCloud } from "../wiring.ts";

interface Options {
  readonly once?: boolean;
  readonly data?: string;
  readonly file: string;
  /** The file's name, in what is printed. */
  readonly shown: string;
  readonly speed: number;
  readonly timeout: number;
  readonly verbose?: boolean;
}

const PORT = 8080;
/** As people in the project's folder call it. */
const QUICKSTART_SHOWN = "examples/quickstart.yaml";
const QUICKSTART = fileURLToPath(new URL(`../../${QUICKSTART_SHOWN}`, import.meta.url));

const EXAMPLES = `
Examples:
  npm start                                     # with examples/quickstart.yaml
  npm start -- --once                           # ends when the cluster is Ready; for scripts
  npm start -- --file examples/ha.yaml --speed 60`;

export function startCommand(): Command {
  return new Command("start")
    .description("run a control plane against a simulated cloud and bring up a first cluster")
    .option("--once", "end when the cluster is Ready")
    .option("--data <folder>", "keep documents there (default: a folder that is removed at the end)")
    .option("--file <path>", "the cluster to bring up (default: examples/quickstart.yaml)")
    .addOption(speedOption())
    .addOption(timeoutOption("5m"))
    .option("--verbose", "print the control plane's log")
    .addHelpText("after", EXAMPLES)
    .action((options: Options) =>
      closingAll((open) =>
        start(
          { ...options, file: options.file ?? QUICKSTART, shown: options.file ?? QUICKSTART_SHOWN },
          open,
        ),
      ),
    );
}

async function start(options: Options, open: AsyncDisposableStack): Promise<void> {
  const specs = readValidSpecs([options.file], Date.now());
  const signal = interrupted();
  const log = jsonLog(process.stderr, options.verbose === true ? "info" : "error");
  stayLocal();
  const data = options.data ?? mkdtempSync(join(tmpdir(), "clusterwright-"));
  if (options.data === undefined) open.defer(() => rmSync(data, { recursive: true, force: true }));
  const cloud = await startSimulatedCloud({ speed: options.speed, log });
  open.defer(() => cloud.close());
  say(`simulated cloud at ${cloud.url}, ${options.speed} times faster than the real one`);
  const embedded = await startOnSomePort({
    data,
    port: PORT,
    cloud: cloud.url,
    resolve: loopbackTwin,
    haste: options.speed,
    log,
  });
  open.defer(() => embedded.stop());
  open.defer(leaveNote(process.env, embedded.address, cloud.url));
  say(`control plane at ${embedded.address.url}`);
  const api = createApiClient(embedded.address);
  process.stdout.write(
    lostClusters(
      (await api.list()).map(({ id }) => id),
      data,
    ),
  );
  for (const { name, document } of specs) await api.put(name, document);
  const unattended = options.once === true;
  for (const { name } of specs)
    await waitFor(api, name, { what: "ready", timeoutMs: options.timeout, unattended, signal });
  if (unattended) return;
  const [first] = await Promise.all(specs.slice(0, 1).map(({ name }) => api.get(name)));
  process.stdout.write(nextSteps(first?.id ?? "", first?.status?.uid ?? "", options.shown));
  await aborted(signal);
  process.stdout.write("\nEnding: the simulated cloud and all that was in it are gone.\n");
}

function say(text: string): void {
  process.stdout.write(`${color.green("✓")} ${text}\n`);
}

/** The usual port, or a free one when something else has it: the other commands find it either way. */
async function startOnSomePort(options: EmbeddedOptions): Promise<Embedded> {
  // Loaded here, with Google's clients: most commands only talk to an API.
  const { startEmbedded } = await import("../embedded/control-plane.ts");
  try {
    return await startEmbedded(options);
  } catch (error) {
    if (!(error instanceof CommandError) || !error.message.startsWith("port ")) throw error;
    return startEmbedded({ ...options, port: 0 });
  }
}
