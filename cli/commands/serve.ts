/** `clusterwright serve`: the control plane in one process, against a real project or the simulated cloud. */

import { Command, Option } from "commander";
import { createApiClient } from "../api-client.ts";
import { UsageError } from "../command-error.ts";
import { closingAll } from "../embedded/closing.ts";
import { jsonLog } from "../embedded/log.ts";
import { untilInterrupted } from "../embedded/until-interrupted.ts";
import { stayLocal } from "../local-cloud-alone.ts";
import { portNumber, projectIds, speedOption } from "../option-values.ts";
import { leaveNote } from "../server-address.ts";
import { color } from "../show/color.ts";
import { lostClusters } from "../show/lost-clusters.ts";
import { loopbackTwin, startSimulatedCloud } from "../wiring.ts";

interface Options {
  readonly data: string;
  readonly port: number;
  readonly simulate?: boolean;
  readonly speed: number;
  readonly cloud?: string;
  readonly joinUrl?: string;
  readonly sharedNetworkProjects?: readonly string[];
}

const EXAMPLES = `
Examples:
  clusterwright serve --simulate                            # nothing leaves this machine
  clusterwright serve --cloud http://127.0.0.1:8090         # beside \`clusterwright cloud\`
  clusterwright serve --join-url https://join.example.com   # Google Cloud, with your credentials

Documents live in one SQLite file under --data, which survives restarts; a simulated cloud of --simulate does not.`;

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the control plane in this process until interrupted")
    .option("--data <folder>", "where documents are kept", ".clusterwright")
    .option("--port <number>", "port of the API on 127.0.0.1, 0 for any free one", portNumber, 8080)
    .addOption(
      new Option("--simulate", "against a simulated cloud in this process, gone with it").conflicts("cloud"),
    )
    .addOption(speedOption())
    .option("--cloud <url>", "against a simulated cloud that runs elsewhere (clusterwright cloud)", httpUrl)
    .option("--join-url <url>", "where machines reach /node-join (default: this process)", httpUrl)
    .option(
      "--shared-network-projects <ids>",
      "host projects of shared VPCs whose networks clusters may use, parted by commas (default: none)",
      projectIds,
    )
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => closingAll((open) => serve(options, open)));
}

async function serve(options: Options, open: AsyncDisposableStack): Promise<void> {
  // From the first moment on: whoever reads that it serves may end it, and it ends in order.
  const interrupted = untilInterrupted();
  const log = jsonLog(process.stderr, "info");
  const simulated =
    options.simulate === true ? await startSimulatedCloud({ speed: options.speed, log }) : undefined;
  if (simulated !== undefined) open.defer(() => simulated.close());
  const cloud = simulated?.url ?? options.cloud;
  if (cloud !== undefined) stayLocal();
  // Loaded here, with Google's clients: most commands only talk to an API.
  const { startEmbedded } = await import("../embedded/control-plane.ts");
  const embedded = await startEmbedded({
    data: options.data,
    port: options.port,
    cloud,
    joinUrl: options.joinUrl,
    sharedNetworkProjects: options.sharedNetworkProjects,
    resolve: cloud === undefined ? undefined : loopbackTwin,
    log,
  });
  open.defer(() => embedded.stop());
  open.defer(leaveNote(process.env, embedded.address, cloud));
  const lines = [
    `${color.green("✓")} control plane at ${embedded.address.url}, documents in ${options.data}`,
    ...(simulated === undefined ? [] : [`${color.green("✓")} simulated cloud at ${simulated.url}`]),
    "  Ctrl-C ends it; in another terminal: npx clusterwright apply examples/quickstart.yaml --wait",
  ];
  const known = simulated === undefined ? [] : await createApiClient(embedded.address).list();
  const lost = lostClusters(
    known.map(({ id }) => id),
    options.data,
  );
  process.stdout.write(`${lines.join("\n")}\n${lost}`);
  await interrupted;
}

function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return text.replace(/\/+$/, "");
  throw new UsageError(`${text} is not a URL that begins with http:// or https://`);
}
