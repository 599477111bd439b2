/** `clusterwright simulate POWER`: lets something happen to machines of a simulated cloud, to see what is done about it. */
import { Argument, Command, Option } from "commander";
import { CommandError, UsageError } from "../command-error.ts";
import { durationOption } from "../option-values.ts";
import { readNote } from "../server-address.ts";
import { color } from "../show/color.ts";

const MACHINE_POWERS = [
  "host-error",
  "preemption",
  "maintenance-notice",
  "hang",
  "disk-read-only",
  "api-server-crash",
  "etcd-crash",
] as const;
const ZONE_OUTAGE = "zone-outage";

interface Options {
  readonly node?: string;
  readonly zone?: string;
  readonly restart: "by-itself" | "never";
  readonly for?: number;
  readonly cloud?: string;
}

const EXAMPLES = `
Examples:
  clusterwright simulate host-error --node quickstart-ab12cd-n-general-x7k2
  clusterwright simulate host-error --node quickstart-ab12cd-n-general-x7k2 --restart never
  clusterwright simulate maintenance-notice --node quickstart-ab12cd-n-general-x7k2 --for 5m
  clusterwright simulate zone-outage --zone europe-west4-a --for 20m
  clusterwright events quickstart        # what was heard of it, and what was done

Durations are the simulated cloud's: with --speed 20 an outage of 20m is over after a minute.`;

export function simulateCommand(): Command {
  return new Command("simulate")
    .description("let a machine or a zone of the simulated cloud fail")
    .addArgument(new Argument("<power>", "what shall happen").choices([...MACHINE_POWERS, ZONE_OUTAGE]))
    .option("--node <name>", "the machine, by its node's name")
    .option("--zone <name>", "the zone, for zone-outage")
    .addOption(
      new Option("--restart <how>", "whether Compute Engine starts it again after a host error")
        .choices(["by-itself", "never"])
        .default("by-itself"),
    )
    .addOption(durationOption("--for <duration>", "until maintenance begins, or how long an outage lasts"))
    .option("--cloud <url>", "the simulated cloud (default: that of the control plane on this machine)")
    .addHelpText("after", EXAMPLES)
    .action(simulate);
}

async function simulate(power: string, options: Options): Promise<void> {
  const target = targetOf(power, options);
  const cloud = cloudUrl(options.cloud);
  await mustBeSimulated(cloud);
  const body = {
    power,
    ...target,
    ...(options.restart === "never" ? { restart: "never" } : {}),
    ...(options.for === undefined ? {} : { forMs: options.for }),
  };
  const { status, answer } = await call(cloud, "POST", "powers", body);
  if (status !== 200) throw new CommandError(messageOf(answer) ?? `the simulated cloud answered ${status}`);
  process.stdout.write(`${color.green("✓")} ${String(answer["happened"])}\n`);
}

/** @throws UsageError */
function targetOf(power: string, { node, zone, restart }: Options): Readonly<Record<string, string>> {
  if (restart === "never" && power !== "host-error")
    throw new UsageError("--restart goes with host-error alone");
  if (power === ZONE_OUTAGE) {
    if (zone === undefined || node !== undefined)
      throw new UsageError("name the zone, and no node: --zone europe-west4-a");
    return { zone };
  }
  if (node === undefined || zone !== undefined)
    throw new UsageError("name the node, and no zone: --node NAME (kubectl get nodes lists them)");
  return { node };
}

/** @throws CommandError when there is no simulated cloud */
function cloudUrl(named: string | undefined): string {
  if (named !== undefined) return named.replace(/\/+$/, "");
  const note = readNote(process.env);
  if (note?.cloud !== undefined) return note.cloud;
  const why =
    note === undefined
      ? "no control plane runs on this machine: start one with `npm start`"
      : "the control plane on this machine works against Google Cloud, where nothing is broken on purpose";
  throw new CommandError(`${why}, or name a simulated cloud with --cloud`);
}

/** Nothing is sent to what does not say that it is one. @throws CommandError */
async function mustBeSimulated(cloud: string): Promise<void> {
  const { answer } = await call(cloud, "GET", "");
  if (answer["simulator"] === "clusterwright") return;
  throw new CommandError(
    `${cloud} is not a simulated cloud: only those of \`npm start\`, \`serve --simulate\` and \`clusterwright cloud\` can be broken on purpose`,
  );
}

type Answer = Readonly<Record<string, unknown>>;
const TIMEOUT_MS = 10_000;

async function call(
  cloud: string,
  method: string,
  path: string,
  body?: Answer,
): Promise<{ readonly status: number; readonly answer: Answer }> {
  const response = await fetch(`${cloud}/simulator/${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new CommandError(`no simulated cloud answers at ${cloud}; start one with \`npm start\``, {
      cause: error,
    });
  });
  const answer = (await response.json().catch(() => ({}))) as Answer | null;
  return { status: response.status, answer: answer ?? {} };
}

function messageOf({ error }: Answer): string | undefined {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === "string" ? message : undefined;
}
