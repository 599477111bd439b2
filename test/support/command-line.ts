/** The command line in processes of its own, as people and scripts run it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
export interface CommandOptions {
  /** File in which a server leaves its address: tests must not see each other's. */
  readonly state: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What runs it; the Node of the tests by default. */
  readonly start?: readonly [string, string];
}
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has written to standard output so far. */
  out(): string;
}

const running = new Set<ChildProcess>();

/** To be called in an `after`: a test that failed must not leave its processes behind. */
export function endCommands(): void {
  for (const child of running) child.kill("SIGKILL");
}

export function startCommand(args: readonly string[], options: CommandOptions): Started {
  const [program, script] = options.start ?? [process.execPath, MAIN];
  const { CLUSTERWRIGHT_SERVER: _server, CLUSTERWRIGHT_TOKEN: _token, ...env } = process.env;
  const child = spawn(program, [script, ...args], {
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1", CLUSTERWRIGHT_STATE: options.state, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdin.end(options.input ?? "");
  running.add(child);
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out, err }));
  void ended.finally(() => running.delete(child));
  return { child, ended, out: () => out };
}

export function runCommand(args: readonly string[], options: CommandOptions): Promise<Ended> {
  return startCommand(args, options).ended;
}
