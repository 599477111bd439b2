/** What happened in a run, in order: a running hash to compare runs by, and the lines for people. */
import { createHash } from "node:crypto";

export interface TraceLine {
  readonly atMs: number;
  /** E.g. `event`, `pass`, `call`, `cloud`, `document`, `fault`, `log`, `violation`. */
  readonly what: string;
  /** The cluster that it concerns, where there is one. */
  readonly cluster: string | undefined;
  readonly text: string;
}

export interface Trace {
  add(what: string, cluster: string | undefined, text: string): void;
  lines(): readonly TraceLine[];
  /** Of all lines so far: equal runs have equal hashes. */
  hash(): string;
  count(): number;
}

/** Lines kept for the timeline; the hash covers all of them. */
const LINES_KEPT_MAX = 60_000;
/** A used join token is recorded under its hash, and signatures differ between equal runs. */
const TOKEN_HASH = /[0-9a-f]{64}/g;

export function createTrace(nowMs: () => number): Trace {
  const hash = createHash("sha256");
  let kept: TraceLine[] = [];
  let count = 0;
  return {
    add: (what, cluster, text) => {
      const line = { atMs: nowMs(), what, cluster, text: text.replace(TOKEN_HASH, "TOKEN") };
      hash.update(`${line.atMs} ${what} ${cluster ?? "-"} ${line.text}\n`);
      count += 1;
      kept.push(line);
      if (kept.length > 2 * LINES_KEPT_MAX) kept = kept.slice(-LINES_KEPT_MAX);
    },
    lines: () => kept,
    hash: () => hash.copy().digest("hex").slice(0, 16),
    count: () => count,
  };
}
