/** The deployed bundle from nothing: from the start of a process to its first answer, its size, and the memory it holds then. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figure, quantile, type Scale } from "../figure.ts";

const STARTS: Readonly<Record<Scale, number>> = { quick: 1, default: 5, full: 20 };
const START_MS_MAX = 300;
const BUNDLE_MB_MAX = 2;
const RSS_MB_MAX = 100;
const GIVE_UP_MS = 30_000;
const LOOK_MS = 5;
const ROOT = new URL("../..", import.meta.url).pathname;

export const coldStart: Figure = {
  name: "cold-start",
  title: "Cold start of the bundled functions (function reconcile, a caller without a token)",
  measure: async (scale) => {
    const folder = mkdtempSync(join(tmpdir(), "clusterwright-bench-"));
    try {
      execFileSync(process.execPath, [join(ROOT, "tools/build.ts"), folder], { cwd: ROOT, stdio: "pipe" });
      symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
      const starts: Start[] = [];
      for (let done = 0; done < STARTS[scale]; done++) starts.push(await startOnce(folder));
      const bundleMb = statSync(join(folder, "index.mjs")).size / 1e6;
      const size = `${starts.length} starts`;
      return [
        {
          figure: "spawn → first answer, median",
          value: quantile(
            starts.map((start) => start.answeredMs),
            0.5,
          ),
          unit: "ms",
          size,
          goal: { atMost: START_MS_MAX },
        },
        {
          figure: "CPU of it, median",
          value: quantile(
            starts.map((start) => start.cpuMs),
            0.5,
          ),
          unit: "ms",
          size,
        },
        {
          figure: "bundle",
          value: bundleMb,
          unit: "MB",
          size: "index.mjs",
          goal: { atMost: BUNDLE_MB_MAX },
        },
        {
          figure: "RSS after the first answer, largest",
          value: quantile(
            starts.map((start) => start.rssMb),
            1,
          ),
          unit: "MB",
          size,
          goal: { atMost: RSS_MB_MAX },
          anchor: "Config Connector: 512 MiB; Crossplane: 750 MB",
        },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Start {
  readonly answeredMs: number;
  readonly rssMb: number;
  readonly cpuMs: number;
}

/** What a deployment sets; nobody listens at these addresses, and the first answer does not need them. */
function environment(port: number): Record<string, string> {
  const url = `http://127.0.0.1:${port}`;
  return {
    PATH: process.env["PATH"] ?? "",
    METADATA_SERVER_DETECTION: "none",
    FIRESTORE_EMULATOR_HOST: "127.0.0.1:1",
    GOOGLE_CLOUD_PROJECT: "demo-control-plane",
    CLUSTERWRIGHT_QUEUE: "projects/demo-control-plane/locations/europe-west4/queues/wakeups",
    CLUSTERWRIGHT_INVOKER: "invoker@demo-control-plane.iam.gserviceaccount.com",
    CLUSTERWRIGHT_COMMANDER: "commander@demo-control-plane.iam.gserviceaccount.com",
    CLUSTERWRIGHT_DEAD_LETTERS: "projects/demo-control-plane/topics/commands-dead",
    CLUSTERWRIGHT_MAINTENANCE_URL: url,
    CLUSTERWRIGHT_RECONCILE_URL: url,
    CLUSTERWRIGHT_SWEEP_URL: url,
    CLUSTERWRIGHT_JOIN_URL: url,
    CLUSTERWRIGHT_API_URL: url,
    CLUSTERWRIGHT_OPERATORS: "operator@example.com",
    CLUSTERWRIGHT_CLOUD: "http://127.0.0.1:1",
  };
}

async function startOnce(folder: string): Promise<Start> {
  const port = await freePort();
  const framework = join(ROOT, "node_modules/@google-cloud/functions-framework/build/src/main.js");
  const flags = [`--source=${folder}`, "--target=reconcile", `--port=${port}`];
  const startedMs = performance.now();
  const child = spawn(process.execPath, [framework, ...flags], { env: environment(port), stdio: "ignore" });
  try {
    const status = await firstAnswer(port, startedMs);
    const answeredMs = performance.now() - startedMs;
    if (status !== UNAUTHORIZED)
      throw new Error(`a call without a token was answered with ${status}, not 401`);
    return { answeredMs, rssMb: residentMb(child), cpuMs: cpuMsOf(child) };
  } finally {
    child.kill("SIGKILL");
  }
}
const UNAUTHORIZED = 401;

async function firstAnswer(port: number, startedMs: number): Promise<number> {
  while (performance.now() - startedMs < GIVE_UP_MS) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ clusterId: "c0", cause: "benchmark" }),
    }).catch(() => undefined);
    if (answer !== undefined) return answer.status;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`the functions did not answer within ${GIVE_UP_MS / 1_000} s`);
}

/** Source: proc(5), VmRSS in KiB. */
function residentMb({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024) / 1e6;
}

/** Hundredths of a second. Source: proc(5), stat, utime and stime; USER_HZ is 100 on Linux. */
function cpuMsOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
