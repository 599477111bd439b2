/** `npm run simulate`: runs scenarios from seeds, prints what happened, and fails when an invariant was violated. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { duration } from "../../cli/option-values.ts";
import { judge, shortest, type Verdict } from "./judge.ts";
import { FAULT_GROUPS, type FaultGroup, type Scenario } from "./scenario.ts";
import { again, type Choice, type Drawing, seedsOf } from "./seeds.ts";
import { failure, summary } from "./summary.ts";
import { BUSY_MS_DEFAULT, generate, WORKLOADS } from "./workload/generate.ts";

const DAY_MS = 86_400_000;

interface Options extends Choice, Drawing {
  /** Milliseconds. */
  readonly within: number;
  readonly json?: true;
  readonly scenario?: string;
  readonly shrink: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}
function seedOf(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("Give a whole number of 0 or more.");
}
function rangeOf(text: string): readonly [number, number] {
  const [, from = "", to = ""] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (from !== "" && Number(from) <= Number(to)) return [Number(from), Number(to)];
  throw new InvalidArgumentError("Give a range like 1..500.");
}
function groupsOf(text: string): readonly FaultGroup[] {
  if (text === "all") return FAULT_GROUPS;
  if (text === "none") return [];
  const groups = text.split(",");
  const unknown = groups.find((group) => !(FAULT_GROUPS as readonly string[]).includes(group));
  if (unknown === undefined) return groups as FaultGroup[];
  throw new InvalidArgumentError(
    `There is no group "${unknown}": ${["all", "none", ...FAULT_GROUPS].join(", ")}.`,
  );
}

function* scenarios(options: Options): Generator<Scenario> {
  if (options.scenario !== undefined) {
    yield JSON.parse(readFileSync(options.scenario, "utf8")) as Scenario;
    return;
  }
  const [from, to] = seedsOf(options, Date.now());
  if (options.fresh !== undefined && options.json !== true) console.log(`fresh seeds: ${from}..${to}`);
  const busyMs = options.days === undefined ? BUSY_MS_DEFAULT : Math.round(options.days * DAY_MS);
  const { clusters, faults: groups, workload } = options;
  for (let seed = from; seed <= to; seed++) yield generate({ seed, clusters, busyMs, groups, workload });
}

async function tell(verdict: Verdict, wallMs: number, options: Options): Promise<void> {
  const failed = verdict.violations.length > 0;
  if (options.json === true) {
    const { seed, traceHash, counts, violations, virtualMs, ending } = verdict;
    const { clusters } = ending;
    console.log(
      JSON.stringify({
        seed,
        traceHash,
        counts,
        clusters,
        violations,
        virtualMs,
        wallMs: Math.round(wallMs),
      }),
    );
  } else console.log(summary(verdict, wallMs));
  if (!failed) return;
  // Said before the search for a shorter one, which may take minutes.
  if (options.scenario === undefined) console.error(`again: ${again(verdict.seed, options)}`);
  console.error(failure(verdict, options.shrink ? await shortest(verdict) : verdict));
}

async function simulate(options: Options): Promise<void> {
  const beganMs = performance.now();
  const failed: number[] = [];
  let runs = 0;
  for (const scenario of scenarios(options)) {
    if (runs > 0 && performance.now() - beganMs > options.within) break;
    const startMs = performance.now();
    const verdict = await judge(scenario);
    runs += 1;
    if (verdict.violations.length > 0) failed.push(scenario.seed);
    await tell(verdict, performance.now() - startMs, options);
  }
  const wall = ((performance.now() - beganMs) / 1000).toFixed(1);
  const end = failed.length === 0 ? "no violation" : `violations with seeds ${failed.join(", ")}`;
  if (options.json !== true) console.log(`${runs} ${runs === 1 ? "run" : "runs"} in ${wall} s: ${end}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

await new Command("simulate")
  .description(
    "Runs the control plane under simulated time, with faults, and checks its invariants at every step.",
  )
  .option("--seed <n>", "the run to make", seedOf)
  .option("--seeds <a..b>", "many runs", rangeOf)
  .option("--fresh <n>", "so many runs with seeds that nobody has tried, drawn from the clock", positive)
  .addOption(
    new Option("--within <duration>", "begins no further run after this long, like 90s")
      .argParser(duration)
      .default(Number.POSITIVE_INFINITY, "no limit"),
  )
  .option("--clusters <n>", "clusters in one run", positive, 2)
  .option("--days <n>", "simulated days with faults; two hours when left out", positive)
  .option("--faults <groups>", `all, none, or some of ${FAULT_GROUPS.join(",")}`, groupsOf, FAULT_GROUPS)
  .addOption(new Option("--workload <name>", "what people do").choices(WORKLOADS).default("mixed"))
  .option("--scenario <file>", "replays a scenario that a failure printed")
  .option("--no-shrink", "does not look for a shorter run that fails")
  .option("--json", "one JSON object a run")
  .action(simulate)
  .parseAsync();
