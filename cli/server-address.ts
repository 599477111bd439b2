/** Where the control plane is and how to be let in: from flags and environment, or from what `serve` left on this machine. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError } from "./command-error.ts";

export interface ServerAddress {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
}
/** What a running `serve` says of itself. */
export interface ServerNote extends ServerAddress {
  readonly pid: number;
  /** URL of the simulated cloud that it works against. */
  readonly cloud?: string;
}

/** `serve` writes it (mode 0600), other commands read it. */
export function notePath(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"] ?? join(env["HOME"] ?? homedir(), ".local", "state");
  return env["CLUSTERWRIGHT_STATE"] ?? join(state, "clusterwright", "server.json");
}

/** @throws CommandError when nothing says where */
export function findServer(env: NodeJS.ProcessEnv, flag?: string): ServerAddress {
  const wanted = flag ?? env["CLUSTERWRIGHT_SERVER"];
  const token = env["CLUSTERWRIGHT_TOKEN"];
  const url = wanted === undefined ? undefined : checkedUrl(wanted);
  if (url !== undefined && token !== undefined) return { url, token };
  const note = readNote(env);
  if (url !== undefined) {
    if (note?.url === url) return note;
    throw new CommandError(`set CLUSTERWRIGHT_TOKEN to an identity token for ${url}`);
  }
  if (note !== undefined) return note;
  throw new CommandError(
    "no control plane runs on this machine: start one with `npm start` or `npx clusterwright serve --simulate`, or set CLUSTERWRIGHT_SERVER and CLUSTERWRIGHT_TOKEN",
  );
}

/** The answer takes the note away again. */
export function leaveNote(env: NodeJS.ProcessEnv, address: ServerAddress, cloud?: string): () => void {
  const path = notePath(env);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const note: ServerNote = { ...address, pid: process.pid, ...(cloud === undefined ? {} : { cloud }) };
  const draft = `${path}.${process.pid}`;
  // Not what somebody else has put there, and would still read.
  rmSync(draft, { force: true });
  writeFileSync(draft, JSON.stringify(note), { mode: 0o600, flag: "wx" });
  renameSync(draft, path);
  return () => {
    if (readNote(env)?.pid === process.pid) rmSync(path, { force: true });
  };
}

export function readNote(env: NodeJS.ProcessEnv): ServerNote | undefined {
  try {
    return JSON.parse(readFileSync(notePath(env), "utf8")) as ServerNote;
  } catch {
    return undefined;
  }
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return text.replace(/\/+$/, "");
  throw new CommandError(`${text} is not the URL of a control plane; write http://127.0.0.1:8080`);
}
