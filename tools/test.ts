/** Runs all tests, a few mocha processes at a time, and shows each one's output whole when it has ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { type Group, groupsOf } from "./test/groups.ts";

/** One more than there are cores: of those that run, one usually waits for a simulated cloud. */
const RUNNING_MAX = availableParallelism() + 1;

interface Result {
  readonly group: Group;
  readonly passed: boolean;
}

const begunMs = performance.now();
/** Compiled code, for the many processes that tests start. */
const cache = mkdtempSync(join(tmpdir(), "clusterwright-test-"));
try {
  const limit = pLimit(RUNNING_MAX);
  const groups = groupsOf(globSync("test/**/*.spec.ts"));
  const results = await Promise.all(groups.map((group) => limit(() => run(group))));
  const failed = results.filter(({ passed }) => !passed).map(({ group }) => group.name);
  say(failed.length === 0 ? "all tests pass" : `tests failed: ${failed.join(", ")}; see above`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(cache, { recursive: true, force: true });
}

async function run(group: Group): Promise<Result> {
  const startedMs = performance.now();
  const color = process.stdout.isTTY ? ["--color"] : [];
  const child = spawn("mocha", [...color, ...group.specs], {
    env: { NODE_COMPILE_CACHE: cache, ...process.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => void chunks.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  say(`${group.name}, ${seconds(performance.now() - startedMs)} s`);
  process.stdout.write(Buffer.concat(chunks));
  return { group, passed: code === 0 };
}

function say(text: string): void {
  process.stdout.write(`\n== ${text} (${seconds(performance.now() - begunMs)} s)\n`);
}

function seconds(durationMs: number): number {
  return Math.round(durationMs / 1_000);
}
