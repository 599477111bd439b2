/** `npm run bench` as people call it: figures in processes of their own, told as tables or JSON. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FIGURES } from "../../bench/figures.ts";
import { run } from "../support/command.ts";

const MAIN = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
/** Far above what a busy machine takes. */
const QUICK_MS_MAX = 120_000;
const bench = (...args: readonly string[]) => run(process.execPath, [MAIN, ...args]);

describe("npm run bench", function () {
  this.timeout(QUICK_MS_MAX);

  it("measures the figures that are named, and tells each as a line of JSON", () => {
    const { status, output } = bench("create", "--quick", "--json");
    assert.equal(status, 0, output);
    const told = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      told.map(({ name, scale }) => [name, scale]),
      [["create", "quick"]],
    );
    for (const { figure, verdict } of told[0].rows) assert.match(verdict, /^(met|short|no goal)$/, figure);
  });

  it("refuses a figure that does not exist, naming those that do", () => {
    const { status, output } = bench("creat", "--quick");
    assert.equal(status, 2);
    for (const { name } of FIGURES) assert.ok(output.includes(name), name);
  });
});
