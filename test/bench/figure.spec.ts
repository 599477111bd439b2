/** Verdicts, slopes, quantiles, bills and the table are right, whatever was measured. */
import assert from "node:assert/strict";
import { sharesOf } from "../../bench/cpu-split.ts";
import { brief, logLogSlope, quantile, type Row, tellVerdict, verdictOf } from "../../bench/figure.ts";
import { afterFreeDocuments, billedSeconds, billOf, DAYS_A_MONTH, sumOf } from "../../bench/prices.ts";
import { table } from "../../bench/table.ts";

const row = (value: number, goal?: Row["goal"]): Row => ({
  figure: "wall time",
  value,
  unit: "ms",
  size: "2 clusters",
  ...(goal === undefined ? {} : { goal }),
});

describe("a figure against its goal", () => {
  it("is met at the goal itself, and short beyond it by a factor", () => {
    assert.equal(verdictOf(row(10, { atMost: 10 })), "met");
    assert.equal(tellVerdict(row(32, { atMost: 10 })), "short, ×3.2");
    assert.equal(tellVerdict(row(5, { atLeast: 10 })), "short, ×2");
    assert.equal(tellVerdict(row(1, { atMost: 0 })), "short");
    assert.equal(verdictOf(row(10)), "no goal");
  });
  it("is written with three digits and without exponents", () => {
    assert.deepEqual([0, 0.000123, 1.5, 12.345, 12_345, 10, 100].map(brief), [
      "0",
      "0.000123",
      "1.5",
      "12.3",
      "12345",
      "10",
      "100",
    ]);
  });
  it("stands in a table whose columns line up", () => {
    const [title, headings, rule, first] = table("title", [row(10, { atMost: 20 })]).split("\n");
    assert.equal(title, "title");
    assert.equal(headings?.indexOf("goal"), first?.indexOf("≤ 20"));
    assert.match(rule ?? "", /^─+ {2}─/);
  });
});

describe("numbers about numbers", () => {
  it("a quantity that grows with the square has slope two", () => {
    const slope = logLogSlope([
      [10, 100],
      [100, 10_000],
      [1_000, 1_000_000],
    ]);
    assert.ok(Math.abs(slope - 2) < 1e-9);
  });
  it("the 99th percentile of a hundred values is the ninety-ninth", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(quantile(values, 0.99), 99);
    assert.equal(quantile(values, 1), 100);
    assert.equal(quantile([7], 0.5), 7);
  });
});

describe("a month's bill", () => {
  const use = { reads: 100_000, writes: 100_000, invocations: 1_000_000, billedSeconds: 0, schedulerJobs: 1 };
  it("adds documents, invocations and the scheduler's job at list price", () => {
    assert.ok(Math.abs(sumOf(billOf(use)) - (0.03 + 0.09 + 0.4 + 0.1)) < 1e-9);
  });
  it("takes the free documents off and never goes below nothing", () => {
    assert.equal(afterFreeDocuments(use).reads, 0);
    const many = { ...use, reads: 50_000 * DAYS_A_MONTH + 7 };
    assert.ok(Math.abs(afterFreeDocuments(many).reads - 7) < 1e-6);
  });
  it("bills a begun tenth of a second whole", () => {
    assert.deepEqual([0, 1, 100, 101].map(billedSeconds), [0.1, 0.1, 0.1, 0.2]);
  });
});

describe("a profile shared out", () => {
  const frame = (functionName: string, url = "") => ({ functionName, url });
  it("gives a library's time to its caller, the collector's to who ran before, and none to idling", () => {
    const shares = sharesOf({
      nodes: [
        { id: 1, callFrame: frame("(root)"), children: [2, 4, 5, 6] },
        { id: 2, callFrame: frame("pass", "file:///x/shared/engine/pass.ts"), children: [3] },
        { id: 3, callFrame: frame("parse", "file:///x/node_modules/yaml/simulator/parse.js") },
        { id: 4, callFrame: frame("(garbage collector)") },
        { id: 5, callFrame: frame("(idle)") },
        { id: 6, callFrame: frame("answer", "file:///x/simulator/compute/dispatch.ts") },
      ],
      samples: [2, 3, 4, 5, 6],
      timeDeltas: [10, 10, 10, 1_000, 10],
    });
    assert.equal(shares["control plane"], 0.75);
    assert.equal(shares.simulator, 0.25);
  });
});
