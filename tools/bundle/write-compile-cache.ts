/**
 * Part of the bundle, run by Google where it builds the functions' image (`gcp-build`): has Node compile what a start and a
 * pass read, and keep the result beside it. A failure costs speed, never the deployment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import environment from "../../functions/node-environment.json" with { type: "json" };

const FILE = fileURLToPath(import.meta.url);
const FOLDER = dirname(FILE);
const FRAMEWORK = join(FOLDER, "node_modules/@google-cloud/functions-framework/build/src/main.js");
const LOAD_ALL = "--load-all";
const START_MS_MAX = 30_000;
const LOOK_MS = 20;
/** The settings of a deployment that there is not: nothing is called with them, for the one caller shows no token. */
const SETTINGS = {
  GOOGLE_CLOUD_PROJECT: "none",
  CLUSTERWRIGHT_QUEUE: "projects/none/locations/none/queues/none",
  CLUSTERWRIGHT_INVOKER: "none@example.com",
  CLUSTERWRIGHT_PUSHER: "none@example.com",
  CLUSTERWRIGHT_COMMANDER: "none@example.com",
  CLUSTERWRIGHT_DEAD_LETTERS: "projects/none/topics/none",
  CLUSTERWRIGHT_MAINTENANCE_URL: "https://example.com",
  CLUSTERWRIGHT_RECONCILE_URL: "https://example.com",
  CLUSTERWRIGHT_SWEEP_URL: "https://example.com",
  CLUSTERWRIGHT_JOIN_URL: "https://example.com",
  CLUSTERWRIGHT_API_URL: "https://example.com",
  CLUSTERWRIGHT_MACHINE_EVENT_URL: "https://example.com",
  CLUSTERWRIGHT_OPERATORS: "none@example.com",
};

if (process.argv.includes(LOAD_ALL)) await loadAll();
else await writeCache().catch((error: unknown) => console.warn(`no compile cache: ${error}`));

/** Node's flags are part of the cache's name, so that they must be those of the deployed functions. */
async function writeCache(): Promise<void> {
  const env = {
    ...process.env,
    ...environment,
    NODE_COMPILE_CACHE: join(FOLDER, ".compile-cache"),
    ...SETTINGS,
  };
  const port = await freePort();
  const flags = [`--source=${FOLDER}`, "--target=reconcile", `--port=${port}`];
  const serving = spawn(process.execPath, [FRAMEWORK, ...flags], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    await firstAnswer(serving, port);
  } finally {
    // Node writes the cache when it ends.
    serving.kill("SIGTERM");
  }
  await ended(serving);
  await ended(spawn(process.execPath, [FILE, LOAD_ALL], { env, stdio: ["ignore", "ignore", "inherit"] }));
}

/** Whatever the first start has left out. */
async function loadAll(): Promise<void> {
  for (const name of readdirSync(FOLDER)) {
    const file = join(FOLDER, name);
    if (/\.[cm]js$/.test(name) && file !== FILE) await import(pathToFileURL(file).href);
  }
}

async function firstAnswer(serving: ChildProcess, port: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += LOOK_MS) {
    if (serving.exitCode !== null) throw new Error(`the functions ended with ${serving.exitCode}`);
    if (await answers(port)) return;
    await setTimeout(LOOK_MS);
  }
  throw new Error(`the functions did not answer within ${START_MS_MAX} ms`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, method: "POST" }, (answer) => {
      answer.resume().once("end", () => resolve(true));
    });
    asked.once("error", () => resolve(false)).end();
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
