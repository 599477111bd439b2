/** Every benchmark runs in its quick form and answers rows that make sense; how fast it was is nobody's business here. */
import assert from "node:assert/strict";
import type { Row } from "../../bench/figure.ts";
import { FIGURES } from "../../bench/figures.ts";

const QUICK_MS_MAX = 120_000;

/** What a quick run must be able to say, whatever the machine. */
const SANE: Readonly<Record<string, (rows: ReadonlyMap<string, number>) => boolean>> = {
  create: (rows) => (rows.get("passes a cluster") ?? 0) >= 2,
  mutations: (rows) =>
    (rows.get("mutations ÷ resources") ?? 0) >= 1 && rows.get("refused mutations a cluster") === 0,
  settled: (rows) => rows.get("census: store writes") === 0 && (rows.get("census: store reads") ?? 0) > 0,
  growth: (rows) => (rows.get("documents touched by one changed node") ?? 0) >= 1,
  "ready-time": (rows) => (rows.get("over the critical path, p99") ?? -1) >= 0,
  "repair-latency": (rows) =>
    (rows.get("host error → deletion of the machine, p99") ?? 0) > 0 &&
    (rows.get("host error → replacement requested, p99") ?? 0) >=
      (rows.get("host error → deletion of the machine, p99") ?? Number.POSITIVE_INFINITY),
  "silent-death": (rows) =>
    (rows.get("beyond repair.after of 10m, p99") ?? -1) >= 0 &&
    rows.get("false repairs: machines restarted, replaced or cordoned") === 0,
  upgrade: (rows) =>
    (rows.get("… of it mutations") ?? 0) > 0 && (rows.get("time ÷ (⌈N/P⌉ × a pool of P)") ?? 0) > 0,
  waiting: (rows) =>
    rows.get("budget: time that functions ran and waited") === 0 &&
    (rows.get("window: passes an hour") ?? Number.POSITIVE_INFINITY) <
      (rows.get("budget: passes an hour") ?? 0),
  money: (rows) =>
    (rows.get("a cluster-month, nothing free") ?? 0) >=
    (rows.get("a cluster-month, Firestore's free documents used") ?? Number.POSITIVE_INFINITY),
  "cold-start": (rows) => (rows.get("bundle") ?? 0) > 0,
  "steady-memory": (rows) => (rows.get("RSS at the end") ?? 0) > 0,
  simulator: (rows) => (rows.get("cluster-days a minute of wall time") ?? 0) > 0,
};

describe("benchmarks in their quick form", () => {
  for (const figure of FIGURES) {
    it(`${figure.name}: every row has a figure, a number and what it was measured at`, async function () {
      this.timeout(QUICK_MS_MAX);
      const rows = await figure.measure("quick");
      assert.ok(rows.length > 0);
      for (const row of rows) check(row);
      const byFigure = new Map(rows.map((row) => [row.figure, row.value]));
      assert.equal(byFigure.size, rows.length, "two rows bear the same name");
      assert.ok(SANE[figure.name]?.(byFigure), JSON.stringify([...byFigure]));
    });
  }
});

function check({ figure, value, size }: Row): void {
  assert.notEqual(figure, "");
  assert.ok(Number.isFinite(value), `${figure}: ${value}`);
  assert.notEqual(size, "", figure);
}
