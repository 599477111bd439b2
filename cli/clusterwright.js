#!/usr/bin/env node
// Starts the command line on the Node that the project pins, whichever Node runs this file.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = join(dirname(fileURLToPath(import.meta.url)), "main.ts");
const OLDEST_MAJOR = 24;

if (Number(process.versions.node.split(".")[0]) >= OLDEST_MAJOR) await import(MAIN);
else runOnPinnedNode();

function runOnPinnedNode() {
  const node = pinnedNode();
  if (node === undefined) {
    process.stderr.write(
      `error: this needs Node ${OLDEST_MAJOR}, and ${process.version} runs it; run \`npm ci\` in Clusterwright's folder\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [MAIN, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both: the child decides what it means. Others send signals to us alone.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`error: ${node} cannot be started: ${error.message}; run \`npm ci\` again\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0));
  });
}

function pinnedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("node/package.json"));
    return join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  } catch {
    return undefined;
  }
}
