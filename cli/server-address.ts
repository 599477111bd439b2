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
interface Note extends ServerAddress {
  readonly pid: number;
}

/** `serve` writes it (mode 0600), other commands read it. */
export function notePath(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"] ?? join(env["HOME"] ?? homedir(), ".local", "state");
  return env["CLUSTERWRIGHT_STATE"] ?? join(state, "clusterwright", "server.json");
}

/** @throws CommandError when nothing says where */
export function findServer(env: NodeJS.ProcessEnv, flag?: string): ServerAddress {
  const url = flag ?? env["CLUSTERWRIGHT_SERVER"];
  const token = env["CLUSTERWRIGHT_TOKEN"];
  if (url !== undefined && token !== undefined) return { url: trimmed(url), token };
  const note = readNote(notePath(env));
  if (url !== undefined) {
    if (note?.url === trimmed(url)) return note;
    throw new CommandError(`set CLUSTERWRIGHT_TOKEN to an identity token for ${url}`);
  }
  if (note !== undefined) return note;
  throw new CommandError(
    "no control plane is known: start one with `npm start`, or set CLUSTERWRIGHT_SERVER and CLUSTERWRIGHT_TOKEN",
  );
}

export function leaveNote(env: NodeJS.ProcessEnv, address: ServerAddress): () => void {
  const path = notePath(env);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const note: Note = { ...address, pid: process.pid };
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(note), { mode: 0o600 });
  renameSync(`${path}.${process.pid}`, path);
  return () => {
    if (readNote(path)?.pid === process.pid) rmSync(path, { force: true });
  };
}

function readNote(path: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Note;
  } catch {
    return undefined;
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, "");
}
