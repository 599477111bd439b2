/** `clusterwright serve` as a process of its own, to be killed and started again on the same data and port. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { type ApiClient, createApiClient } from "../../cli/api-client.ts";
import { readNote } from "../../cli/server-address.ts";

const MAIN = join(import.meta.dirname, "../../cli/main.ts");

export interface ServeOptions {
  readonly cloud: string;
  readonly data: string;
  readonly port: number;
  /** File of the note that says where it is. */
  readonly note: string;
  /** Folder where Node keeps compiled code, so that many starts cost less. */
  readonly codeCache?: string;
  /** Further options of the command. */
  readonly more?: readonly string[];
  /** What runs it, with its arguments: `["unshare", "-rm"]`. */
  readonly wrapper?: readonly string[];
}
export interface ServeProcess {
  readonly child: ChildProcess;
  /** Resolves once it says that it serves. @throws Error with its log when it ends before */
  readonly ready: Promise<void>;
  /** Resolves when it has ended: its exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it wrote to standard error so far. */
  log(): string;
  /** Its API, by the note that it left. */
  api(): ApiClient;
}

export function startServe(options: ServeOptions): ServeProcess {
  const { cloud, data, port, note, codeCache, more = [], wrapper = [] } = options;
  const serve = [MAIN, "serve", "--cloud", cloud, "--data", data, "--port", String(port), ...more];
  const [command = "", ...args] = [...wrapper, process.execPath, ...serve];
  const env = { ...process.env, CLUSTERWRIGHT_STATE: note, NODE_COMPILE_CACHE: codeCache ?? "" };
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(signal ?? code ?? 1));
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("control plane at")) resolve();
    });
    ended.then(
      (how) => reject(new Error(`serve ended (${how}) before it served: ${errors.join("")}`)),
      reject,
    );
  });
  // Whoever kills it before it serves does not wait for that.
  ready.catch(() => {});
  return {
    child,
    ready,
    ended,
    log: () => errors.join(""),
    api: () => {
      const address = readNote({ CLUSTERWRIGHT_STATE: note });
      if (address === undefined) throw new Error("serve left no note");
      return createApiClient(address);
    },
  };
}

/** A port that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
