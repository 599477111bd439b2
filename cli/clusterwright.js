#!/usr/bin/env node
// Starts the command line on the Node that the project pins, whichever Node runs this file.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const major = Number(process.versions.node.split(".")[0]);
if (major >= 24) {
  await import("./main.ts");
} else {
  const pinned = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  const { status, signal } = spawnSync(pinned, [join(here, "main.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exitCode = signal === null ? (status ?? 1) : 1;
}
