/**
 * The control plane as deployed, on this machine: Google's Firestore emulator and its triggers, the bundled functions under
 * the functions framework, and the simulated cloud with its Cloud Tasks behind Google's own clients.
 */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CloudTasksClient } from "@google-cloud/tasks";
import { localClientOptions } from "../../functions/local-cloud.ts";
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../../shared/adapters/embedded/real-clock.ts";
import { buildFunctions, nodeEnvironment, runBuildStep } from "../../simulation/deployed-functions.ts";
import type { Emulator } from "../../simulation/emulator.ts";
import { startFirestoreEmulator } from "../../simulation/firestore-emulator.ts";
import { type RunningCloud, startCloud } from "../../simulator/wire/start-cloud.ts";
import type { HostNews, HostOrder } from "./functions-host.ts";

/** The control plane's own project; the clusters' is another. */
const PROJECT = "demo-control-plane";
export const CLUSTERS_PROJECT = "demo-project";
const LOCATION = `projects/${PROJECT}/locations/europe-west4`;
export const COMMANDER = `clusterwright-commander@${PROJECT}.iam.gserviceaccount.com`;
export const INVOKER = `clusterwright-invoker@${PROJECT}.iam.gserviceaccount.com`;
const PUSHER = `clusterwright-pusher@${PROJECT}.iam.gserviceaccount.com`;
export const OPERATOR = `clusterwright-op-alice@${PROJECT}.iam.gserviceaccount.com`;
const TRIGGER = "cluster-written";
const EVENT_TYPE = "google.cloud.firestore.document.v1.written";
const SPEED = 40;
/** Cloud Scheduler's finest; the simulated machines' minutes are shorter, but everybody's clock is real. */
const SWEEP_EVERY_MS = 5_000;
/** Four minutes: no kept lock lives that long, however busy the machine. */
const EVENT_SENDS_MAX = 80;
const EVENT_RETRY_MS = 3_000;

export interface Deployment {
  readonly cloud: RunningCloud;
  /** Base URL of each function. */
  readonly urls: Readonly<
    Record<"reconcile" | "sweep" | "join" | "api" | "machineEvent" | "maintenance", string>
  >;
  /** What the functions and the cloud have logged, by line. */
  readonly log: readonly string[];
  /** An identity token as Google signs it for a service account. */
  token(email: string, audience: string): Promise<string>;
  /**
   * Kills the functions' process in whatever it does, and starts another at the same addresses. Events of `clusters`
   * that it did not answer come again, as Eventarc would bring them; the emulator does not.
   */
  restartFunctions(clusters: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startDeployment(jar: string, folder: string): Promise<Deployment> {
  const log: string[] = [];
  buildFunctions(folder);
  runBuildStep(folder);
  const host = await startHost(log, nodeEnvironment(folder));
  const url = `http://127.0.0.1:${host.port}`;
  const urls = {
    reconcile: `${url}/reconcile`,
    sweep: `${url}/sweep`,
    join: `${url}/node-join`,
    api: `${url}/api`,
    machineEvent: `${url}/machine-event`,
    maintenance: `${url}/maintenance`,
  };
  const emulator = await startFirestoreEmulator(jar, { functions: `127.0.0.1:${host.port}` });
  await registerTrigger(emulator);
  const cloud = await startCloud({
    clock: createRealClock(),
    chance: createRealChance(),
    // A warning tells of an address that another simulated cloud on this machine has taken.
    log: (level, message, fields) => {
      if (level === "warning" || level === "error") log.push(JSON.stringify({ level, message, ...fields }));
    },
    speed: SPEED,
    projects: [CLUSTERS_PROJECT],
  });
  const queue = await createQueue(cloud.url);
  cloud.subscribe({ endpoint: urls.machineEvent, serviceAccount: PUSHER });
  const order: HostOrder = {
    module: join(folder, "index.mjs"),
    env: {
      METADATA_SERVER_DETECTION: "none",
      FIRESTORE_EMULATOR_HOST: `${emulator.host}:${emulator.port}`,
      GOOGLE_CLOUD_PROJECT: PROJECT,
      CLUSTERWRIGHT_QUEUE: queue,
      CLUSTERWRIGHT_INVOKER: INVOKER,
      CLUSTERWRIGHT_COMMANDER: COMMANDER,
      CLUSTERWRIGHT_DEAD_LETTERS: `projects/${PROJECT}/topics/commands-dead`,
      CLUSTERWRIGHT_RECONCILE_URL: urls.reconcile,
      CLUSTERWRIGHT_SWEEP_URL: urls.sweep,
      CLUSTERWRIGHT_JOIN_URL: urls.join,
      CLUSTERWRIGHT_API_URL: urls.api,
      CLUSTERWRIGHT_PUSHER: PUSHER,
      CLUSTERWRIGHT_MACHINE_EVENT_URL: urls.machineEvent,
      CLUSTERWRIGHT_MAINTENANCE_URL: urls.maintenance,
      CLUSTERWRIGHT_OPERATORS: OPERATOR,
      CLUSTERWRIGHT_CLOUD: cloud.url,
    },
  };
  await host.load(order);
  const token = (email: string, audience: string) =>
    cloud.cloud.identity.serviceAccountIdToken(email, audience);
  const stopSweeping = sweepAgainAndAgain(urls.sweep, token);
  return {
    cloud,
    urls,
    log,
    token,
    restartFunctions: async (clusters) => {
      await host.restart(order);
      const trigger = `${url}/functions/projects/${PROJECT}/triggers/${TRIGGER}`;
      await Promise.all(clusters.map((cluster) => repeatEvent(trigger, cluster)));
    },
    stop: async () => {
      stopSweeping();
      await host.stop();
      await cloud.close();
      await emulator.stop();
    },
  };
}

/** Source of the call: the emulator's own interface, which firebase-tools uses. */
async function registerTrigger({ host, port }: Emulator): Promise<void> {
  const url = `http://${host}:${port}/emulator/v1/projects/${PROJECT}/eventarcTrigger?eventarcTriggerId=${TRIGGER}`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      eventType: EVENT_TYPE,
      database: "(default)",
      namespace: "(default)",
      document: { value: "clusters/{id}", matchType: "PATH_PATTERN" },
    }),
  });
  if (!response.ok) throw new Error(`the emulator refused the trigger: ${await response.text()}`);
}

/**
 * In binary mode, as the emulator and Eventarc send it, and like Eventarc until it is taken: the emulator keeps the locks
 * of a transaction whose process was killed for a minute, and nothing can be written there meanwhile.
 */
async function repeatEvent(trigger: string, cluster: string): Promise<void> {
  const send = () =>
    fetch(trigger, {
      method: "POST",
      headers: {
        "Content-Type": "application/protobuf",
        "ce-specversion": "1.0",
        "ce-id": `repeated-${cluster}`,
        "ce-type": EVENT_TYPE,
        "ce-source": `//firestore.googleapis.com/projects/${PROJECT}/databases/(default)`,
        "ce-subject": `documents/clusters/${cluster}`,
        "ce-document": `clusters/${cluster}`,
      },
    });
  for (let sent = 1; ; sent += 1) {
    const { ok, status } = await send();
    if (ok) return;
    if (sent === EVENT_SENDS_MAX) throw new Error(`the repeated event was answered ${status}`);
    await setTimeout(EVENT_RETRY_MS);
  }
}

/** As terraform makes it: what fails again and again must not be tried ever more at once. */
async function createQueue(cloud: string): Promise<string> {
  const client = new CloudTasksClient(localClientOptions(cloud));
  const name = `${LOCATION}/queues/clusterwright-wakeups`;
  const retryConfig = {
    maxAttempts: 20,
    // The queue's clock runs fast; a transaction's locks are of this world.
    minBackoff: { seconds: 2 * SPEED },
    maxBackoff: { seconds: 300 * SPEED },
    maxDoublings: 8,
  };
  await client.createQueue({ parent: LOCATION, queue: { name, retryConfig } });
  await client.close();
  return name;
}

/** What Cloud Scheduler does: one call at a time. A failed call is the next one's business. @returns what ends it */
function sweepAgainAndAgain(url: string, token: Deployment["token"]): () => void {
  let isRunning = false;
  const sweep = async () => {
    if (isRunning) return;
    isRunning = true;
    await callSweep(url, token).catch(() => undefined);
    isRunning = false;
  };
  const timer = setInterval(() => void sweep(), SWEEP_EVERY_MS);
  return () => clearInterval(timer);
}
async function callSweep(url: string, token: Deployment["token"]): Promise<void> {
  const headers = { Authorization: `Bearer ${await token(INVOKER, url)}` };
  await (await fetch(url, { method: "POST", headers })).arrayBuffer();
}

interface Host {
  readonly port: number;
  load(order: HostOrder): Promise<void>;
  restart(order: HostOrder): Promise<void>;
  stop(): Promise<void>;
}

async function startHost(log: string[], node: Readonly<Record<string, string>>): Promise<Host> {
  let child = spawnHost(log, 0, node);
  const { port } = (await news(child, "port")) as { port: number };
  const load = async (order: HostOrder): Promise<void> => {
    const loaded = news(child, "loaded");
    child.send(order);
    await loaded;
  };
  return {
    port,
    load,
    restart: async (order) => {
      await end(child);
      child = spawnHost(log, port, node);
      await news(child, "port");
      await load(order);
    },
    stop: () => end(child),
  };
}

/** @param node what Node is told of the deployed functions */
function spawnHost(log: string[], port: number, node: Readonly<Record<string, string>>): ChildProcess {
  const child = fork(new URL("functions-host.ts", import.meta.url), [String(port)], {
    env: { ...process.env, ...node },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log.push(...text.split("\n").filter((line) => line !== ""));
    });
  }
  return child;
}

function news(child: ChildProcess, key: string): Promise<HostNews> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: HostNews) => {
      if (key in message) resolve(message);
    });
    child.once("exit", (code) => reject(new Error(`the functions' process ended with ${code}`)));
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
