/** Records `npm start` as docs/images/first-cluster.svg: a real run, drawn as a terminal of 84 columns shows it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createApiClient } from "../cli/api-client.ts";
import { readNote } from "../cli/server-address.ts";
import { progressLines, summary } from "../cli/show/progress.ts";
import { span } from "../cli/show/text.ts";
import { drawRecording, type Frame } from "./recording/svg.ts";

const IMAGE = fileURLToPath(new URL("../docs/images/first-cluster.svg", import.meta.url));
const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const COLUMNS = 84;
const LOOK_EVERY_MS = 500;
/** The command has seen by then what we saw. */
const SEEN_BY_THEN_MS = 5_000;
const NAME = "quickstart";
const PROMPT = "\u001b[2m$\u001b[22m npm start";

/** What the screen held, from the first look to Ready. */
async function record(state: string): Promise<readonly Frame[]> {
  const env = { ...process.env, CLUSTERWRIGHT_STATE: state };
  const child = spawn(process.execPath, [MAIN, "start"], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  const frames: Frame[] = [{ atMs: 0, lines: [PROMPT] }];
  let startMs: number | undefined;
  while (child.exitCode === null) {
    await sleep(LOOK_EVERY_MS);
    const note = readNote(env);
    if (note === undefined) continue;
    const cluster = await createApiClient(note)
      .get(NAME)
      .catch(() => undefined);
    if (cluster?.status === undefined) continue;
    startMs ??= Date.now();
    const elapsedMs = Date.now() - startMs;
    const head = [PROMPT, `\u001b[32m✓\u001b[39m control plane at ${note.url}`];
    if (cluster.status.phase === "Ready") {
      await sleep(SEEN_BY_THEN_MS);
      child.kill("SIGINT");
      const end = [
        `\u001b[32m✓\u001b[39m cluster ${NAME} is Ready after ${span(elapsedMs)}`,
        `  ${summary(cluster)}`,
      ];
      frames.push({ atMs: elapsedMs + LOOK_EVERY_MS, lines: [...head, ...end] });
      break;
    }
    frames.push({
      atMs: elapsedMs + LOOK_EVERY_MS,
      lines: [...head, ...progressLines(cluster, elapsedMs, COLUMNS)],
    });
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`the run ended with ${String(code)}; nothing was recorded`);
  return frames;
}

const folder = mkdtempSync(join(tmpdir(), "clusterwright-"));
try {
  // The colors are the picture's, whatever this runs in.
  const frames = await record(join(folder, "server.json"));
  mkdirSync(dirname(IMAGE), { recursive: true });
  writeFileSync(IMAGE, drawRecording(frames));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
