import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { nodeEnvironment, runBuildStep } from "../../simulation/deployed-functions.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** What a cold start chooses from. It is 2.0 MB; with all of Google's clients it was 18. */
const BYTES_MAX = 2_200_000;
const START_MS_MAX = 30_000;
const ENV = {
  METADATA_SERVER_DETECTION: "none",
  GOOGLE_CLOUD_PROJECT: "control",
  CLUSTERWRIGHT_QUEUE: "projects/control/locations/europe-west4/queues/wakeups",
  CLUSTERWRIGHT_INVOKER: "invoker@control.iam.gserviceaccount.com",
  CLUSTERWRIGHT_PUSHER: "pusher@control.iam.gserviceaccount.com",
  CLUSTERWRIGHT_RECONCILE_URL: "https://reconcile.example",
  CLUSTERWRIGHT_COMMANDER: "commander@control.iam.gserviceaccount.com",
  CLUSTERWRIGHT_DEAD_LETTERS: "projects/control/topics/commands-dead",
  CLUSTERWRIGHT_MAINTENANCE_URL: "https://maintenance.example",
  CLUSTERWRIGHT_SWEEP_URL: "https://sweep.example",
  CLUSTERWRIGHT_JOIN_URL: "https://join.example",
  CLUSTERWRIGHT_MACHINE_EVENT_URL: "https://machine-event.example",
  CLUSTERWRIGHT_API_URL: "https://api.example",
  CLUSTERWRIGHT_OPERATORS: "alice@example.com",
};

describe("tools/build", function () {
  this.timeout(2 * START_MS_MAX);
  let out: string;
  let child: ChildProcess | undefined;
  before(() => {
    out = mkdtempSync(join(tmpdir(), "clusterwright-build-"));
    execFileSync(process.execPath, [join(ROOT, "tools/build.ts"), out], { cwd: ROOT, stdio: "pipe" });
    symlinkSync(join(ROOT, "node_modules"), join(out, "node_modules"));
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    child = undefined;
  });
  after(() => rmSync(out, { recursive: true, force: true }));
  /** As Google's buildpack starts it: the framework from the folder's own node_modules. */
  const serve = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const port = await freePort();
    const framework = join(out, "node_modules/@google-cloud/functions-framework/build/src/main.js");
    child = spawn(process.execPath, [framework, "--target=api", `--source=${out}`, `--port=${port}`], {
      env: { PATH: process.env["PATH"], ...env },
      stdio: "ignore",
    });
    return `http://127.0.0.1:${port}`;
  };
  const answerOf = async (url: string): Promise<Response> => {
    for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += 50) {
      const response = await fetch(url).catch(() => undefined);
      if (response !== undefined) return response;
      assert.equal(child?.exitCode, null, "the framework ended");
      await setTimeout(50);
    }
    throw new Error("the framework did not answer");
  };

  it("makes files of bounded size, and a package.json that pins the framework and Node", () => {
    const files = readdirSync(out, { withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, { name }) => sum + statSync(join(out, name)).size, 0);
    assert.ok(bytes < BYTES_MAX, `${bytes} bytes`);
    const manifest = JSON.parse(readFileSync(join(out, "package.json"), "utf8"));
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const framework = "@google-cloud/functions-framework";
    assert.deepEqual(manifest.dependencies, { [framework]: dependencies[framework] });
    assert.deepEqual([manifest.type, manifest.main, manifest.engines.node], ["module", "index.mjs", "24"]);
  });

  it("starts under the functions framework and refuses a stranger", async () => {
    const response = await answerOf(`${await serve(ENV)}/v1/clusters`);
    assert.equal(response.status, 401);
    assert.match(await response.text(), /Authorization: Bearer/);
  });

  it("has Node keep what it compiles in the build step, and a start finds it", async () => {
    runBuildStep(out);
    const flags = nodeEnvironment(out);
    const cache = flags["NODE_COMPILE_CACHE"] ?? "";
    const kept = () => readdirSync(cache, { recursive: true }).length;
    const before = kept();
    assert.ok(before > readdirSync(out).filter((name) => name.endsWith(".mjs")).length, `${before} files`);
    const url = `${await serve({ ...ENV, ...flags })}/v1/clusters`;
    assert.equal((await answerOf(url)).status, 401);
    const ended = once(child as ChildProcess, "exit");
    child?.kill("SIGTERM");
    await ended;
    assert.equal(kept(), before, "a start as deployed compiled something anew");
  });

  it("answers 500, stays up and shows nothing of its insides when its environment is incomplete", async () => {
    const url = await serve({ METADATA_SERVER_DETECTION: "none" });
    for (const attempt of [1, 2]) {
      const response = await answerOf(`${url}/v1/clusters`);
      assert.equal(response.status, 500, `attempt ${attempt}`);
      assert.deepEqual(await response.json(), {
        error: { code: "error", message: "the control plane is not set up" },
      });
    }
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
