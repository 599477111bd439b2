/** Starts one deployed function in a process of its own, calls it, and asks the system what that took. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { startFunction } from "../simulation/deployed-functions.ts";
import type { DeployedCloud } from "./deployed-cloud.ts";

const FUNCTION = "reconcile";
const GIVE_UP_MS = 30_000;
const LOOK_MS = 5;
/** A cluster of one machine was Ready after 12 s on a busy machine: passes follow each other by a second. */
const READY_MS_MAX = 90_000;
const READY_LOOK_MS = 250;

export interface Started {
  /** From the start of the process. */
  readonly answeredMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  /** A second call of the same. */
  readonly againMs: number;
}
export interface Start {
  /** The bundle's. */
  readonly folder: string;
  readonly settings: DeployedCloud["settings"];
  readonly token: DeployedCloud["token"];
  readonly cluster: string;
  /** The status of the answer. */
  readonly expected: number;
}

/** @throws Error when the answer is another, or there is none */
export async function coldStartOf({ folder, settings, token, cluster, expected }: Start): Promise<Started> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const bearer = await token(url);
  const startedMs = performance.now();
  const child = startFunction(folder, FUNCTION, Number(new URL(url).port), settings(url));
  try {
    const status = await firstAnswer(child, url, bearer, cluster);
    const answeredMs = performance.now() - startedMs;
    if (status !== expected) throw new Error(`the first call was answered with ${status}, not ${expected}`);
    const used = { cpuMs: cpuMsOf(child), rssMb: residentMb(child) };
    const againMs = performance.now();
    await call(url, bearer, cluster);
    return { ...used, answeredMs, againMs: performance.now() - againMs };
  } finally {
    await end(child);
  }
}

/** Writes a cluster and keeps a function running until it is Ready and asks for no further pass. */
export async function bringToRest(folder: string, cloud: DeployedCloud, cluster: string): Promise<void> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = startFunction(folder, FUNCTION, Number(new URL(url).port), cloud.settings(url));
  try {
    await cloud.write(cluster);
    await firstAnswer(child, url, await cloud.token(url), cluster);
    for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += READY_LOOK_MS) {
      const status = await cloud.status(cluster);
      if (status?.phase === "Ready" && status.wakeAtMs === null) return;
      await setTimeout(READY_LOOK_MS);
    }
    throw new Error(`the cluster was not at rest within ${READY_MS_MAX / 1_000} s`);
  } finally {
    await end(child);
  }
}

async function firstAnswer(
  child: ChildProcess,
  url: string,
  bearer: string,
  cluster: string,
): Promise<number> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < GIVE_UP_MS) {
    const status = await call(url, bearer, cluster);
    if (status !== undefined) return status;
    if (child.exitCode !== null) throw new Error(`the function's process ended with ${child.exitCode}`);
    await setTimeout(LOOK_MS);
  }
  throw new Error(`the function did not answer within ${GIVE_UP_MS / 1_000} s`);
}

/** @returns the answer's status, nothing while nobody listens */
function call(url: string, bearer: string, cluster: string): Promise<number | undefined> {
  const headers = {
    "content-type": "application/json",
    ...(bearer === "" ? {} : { authorization: `Bearer ${bearer}` }),
  };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: "POST", headers, agent: new Agent() }, (answer) => {
      answer.resume().once("error", reject);
      answer.once("end", () => resolve(answer.statusCode));
    });
    asked.once("error", () => resolve(undefined));
    asked.end(JSON.stringify({ clusterId: cluster, cause: "benchmark" }));
  });
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

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
