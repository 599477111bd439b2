/** Runs the tests in two mocha processes at once, one a core: clusters on the wire in one, everything else in the other. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Clusters on the wire share this machine's loopback addresses, so all tests of that sort stay in one process, one after
 * the other; nothing else needs them.
 */
const GROUPS: readonly (readonly string[])[] = [
  ["test/cli/**/*.spec.ts", "test/e2e/kill.spec.ts", "test/e2e/serverless.spec.ts", "test/e2e/*wire.spec.ts"],
  ["test/!(cli|e2e)/**/*.spec.ts", "test/e2e/**/!(kill|serverless|*wire).spec.ts", "test/*.spec.ts"],
];

/** The first group is shown as it runs, the others whole once they have ended. */
async function runGroup(
  specs: readonly string[],
  isShown: boolean,
): Promise<{ code: number; output: string }> {
  const child = spawn("mocha", specs, { stdio: ["ignore", isShown ? "inherit" : "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? 1, output: Buffer.concat(chunks).toString() };
}

const results = await Promise.all(GROUPS.map((specs, index) => runGroup(specs, index === 0)));
for (const { output } of results) process.stdout.write(output);
process.exitCode = Math.max(...results.map(({ code }) => code));
