/** Checks the import rules of the house (.dependency-cruiser.json), and that the checker has read every file. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cruise, type ICruiseResult } from "dependency-cruiser";

const ROOMS = ["shared", "simulator", "simulation", "functions", "cli", "bench"];

const rules = JSON.parse(readFileSync(".dependency-cruiser.json", "utf8"));
const { output } = await cruise(ROOMS, {
  ...rules.options,
  ruleSet: { forbidden: rules.forbidden },
  validate: true,
});
const { modules, summary } = output as ICruiseResult;

// A checker that reads nothing finds nothing: compare with what git knows.
const listed = execFileSync("git", [
  "ls-files",
  "--cached",
  "--others",
  "--exclude-standard",
  ...ROOMS.map((room) => `${room}/**/*.ts`),
])
  .toString()
  .split("\n")
  .filter((path) => path.endsWith(".ts"));
const read = new Set(modules.map((module) => module.source));
const unread = listed.filter((path) => !read.has(path));
const imports = modules.reduce((sum, module) => sum + module.dependencies.length, 0);

for (const violation of summary.violations) {
  const trail =
    violation.cycle === undefined ? violation.to : violation.cycle.map((step) => step.name).join(" → ");
  process.stdout.write(`${violation.rule.severity}: ${violation.rule.name}: ${violation.from} → ${trail}\n`);
}
for (const path of unread) process.stdout.write(`error: not read: ${path}\n`);
process.stdout.write(
  `import rules: ${listed.length - unread.length} files, ${imports} imports, ${summary.error} errors\n`,
);
if (summary.error > 0 || unread.length > 0 || imports === 0) process.exitCode = 1;
