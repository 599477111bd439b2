/** Google's emulators as child processes that never outlive the process that started them. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Milliseconds; the emulators were up in about one second when tried. */
const START_MS_MAX = 60_000;
const LOOK_MS = 50;
/** What an emulator last said, for the error when it does not come up. */
const OUTPUT_CHARACTERS_KEPT = 2_000;

/** Where the Google Cloud SDK is usually installed: Debian's package, Docker, snap, by hand, Homebrew. */
const SDK_FOLDERS = [
  process.env["CLOUDSDK_ROOT_DIR"],
  "/usr/lib/google-cloud-sdk",
  "/google-cloud-sdk",
  "/snap/google-cloud-cli/current",
  "/usr/local/google-cloud-sdk",
  "/opt/google-cloud-sdk",
  join(homedir(), "google-cloud-sdk"),
  "/opt/homebrew/share/google-cloud-sdk",
  "/usr/local/share/google-cloud-sdk",
];

export interface Emulator {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** The jar named by the environment variable, or the one in an installed SDK; nothing without it or without Java. */
export function findJar(variable: string, pathInSdk: string): string | undefined {
  const hasJava = (process.env["PATH"] ?? "")
    .split(delimiter)
    .some((folder) => existsSync(join(folder, "java")));
  if (!hasJava) return undefined;
  const named = process.env[variable];
  const installed = SDK_FOLDERS.flatMap((folder) => (folder === undefined ? [] : [join(folder, pathInSdk)]));
  return (named === undefined ? installed : [named]).find((path) => existsSync(path));
}

/** Starts `java` with what `args` says for a free port, and waits until it answers HTTP. @throws Error with its output */
export async function startJava(args: (port: number) => readonly string[]): Promise<Emulator> {
  const host = "127.0.0.1";
  const port = await freePort(host);
  // The shell ends Java when our end of its stdin closes, which happens however this process ends.
  const script = '"$@" </dev/null & java=$!; read -r _; kill -9 "$java"; wait "$java" 2>/dev/null';
  const child = spawn("sh", ["-c", script, "sh", "java", ...args(port)], { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARACTERS_KEPT);
    });
  }
  const stop = () => end(child);
  try {
    await untilItAnswers(`http://${host}:${port}/`, child);
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : error}; it said: ${output}`);
  }
  letGo(child);
  return { host, port, stop };
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += LOOK_MS) {
    if (child.exitCode !== null) throw new Error("the emulator's shell ended");
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`the emulator did not answer at ${url} within ${START_MS_MAX} ms`);
}

/** The child does not keep the tests' process from ending. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (stream !== null && "unref" in stream && typeof stream.unref === "function") stream.unref();
  }
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.ref();
    child.once("exit", () => resolve());
    child.stdin?.end();
  });
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
