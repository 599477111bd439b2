/** What a deployed function talks to, on this machine: Google's Firestore emulator and the simulated cloud on the wire. */
import { CloudTasksClient } from "@google-cloud/tasks";
import { localClientOptions } from "../functions/local-cloud.ts";
import { createRealChance } from "../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../shared/adapters/embedded/real-clock.ts";
import { openFirestoreStore } from "../shared/adapters/google/firestore-store.ts";
import { clusterPath, statusPath } from "../shared/engine/paths.ts";
import type { ClusterStatus } from "../shared/status/cluster-status.ts";
import { startFirestoreEmulator } from "../simulation/firestore-emulator.ts";
import { PROJECT as CLUSTERS_PROJECT } from "../simulation/world.ts";
import { startCloud } from "../simulator/wire/start-cloud.ts";
import { clusterDocument } from "./fleet.ts";

const PROJECT = "demo-control-plane";
const LOCATION = `projects/${PROJECT}/locations/europe-west4`;
const QUEUE = `${LOCATION}/queues/wakeups`;
const INVOKER = `invoker@${PROJECT}.iam.gserviceaccount.com`;
/** Nobody waits for simulated machines here; their minute passes in less than a second. */
const SPEED = 100;
/** Part of what machines are made from: with another address, a pass would replace them. */
const JOIN_URL = "https://join.example";

export interface DeployedCloud {
  /** The functions' settings, all of them at this address. */
  settings(url: string): Readonly<Record<string, string>>;
  /** An identity token of the account that may call the functions at this address. */
  token(url: string): Promise<string>;
  write(name: string): Promise<void>;
  status(name: string): Promise<ClusterStatus | undefined>;
  close(): Promise<void>;
}

/** @param jar the Firestore emulator's */
export async function startDeployedCloud(jar: string): Promise<DeployedCloud> {
  const emulator = await startFirestoreEmulator(jar);
  const parts = { clock: createRealClock(), chance: createRealChance() };
  const cloud = await startCloud({ ...parts, log: () => {}, speed: SPEED, projects: [CLUSTERS_PROJECT] });
  await createQueue(cloud.url);
  const firestore = `${emulator.host}:${emulator.port}`;
  const store = await openFirestoreStore({
    ...parts,
    projectId: PROJECT,
    settings: { host: firestore, ssl: false },
  });
  return {
    settings: (url) => ({
      ...settingsAt(url),
      FIRESTORE_EMULATOR_HOST: firestore,
      CLUSTERWRIGHT_CLOUD: cloud.url,
    }),
    token: async (url) => cloud.cloud.identity.serviceAccountIdToken(INVOKER, url),
    write: (name) =>
      store.transact(async (transaction) => transaction.set(clusterPath(name), { ...clusterDocument(name) })),
    status: async (name) => (await store.get<ClusterStatus>(statusPath(name)))?.data,
    close: async () => {
      await store.close();
      await cloud.close();
      await emulator.stop();
    },
  };
}

/** With nobody behind the database's address and the cloud's. */
export function settingsAt(url: string): Readonly<Record<string, string>> {
  return {
    METADATA_SERVER_DETECTION: "none",
    FIRESTORE_EMULATOR_HOST: "127.0.0.1:1",
    GOOGLE_CLOUD_PROJECT: PROJECT,
    CLUSTERWRIGHT_QUEUE: QUEUE,
    CLUSTERWRIGHT_INVOKER: INVOKER,
    CLUSTERWRIGHT_PUSHER: INVOKER,
    CLUSTERWRIGHT_COMMANDER: INVOKER,
    CLUSTERWRIGHT_DEAD_LETTERS: "projects/none/topics/none",
    CLUSTERWRIGHT_MAINTENANCE_URL: url,
    CLUSTERWRIGHT_RECONCILE_URL: url,
    CLUSTERWRIGHT_SWEEP_URL: url,
    CLUSTERWRIGHT_JOIN_URL: JOIN_URL,
    CLUSTERWRIGHT_API_URL: url,
    CLUSTERWRIGHT_MACHINE_EVENT_URL: url,
    CLUSTERWRIGHT_OPERATORS: "operator@example.com",
    CLUSTERWRIGHT_CLOUD: "http://127.0.0.1:1",
  };
}

async function createQueue(cloud: string): Promise<void> {
  const client = new CloudTasksClient(localClientOptions(cloud));
  await client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
  await client.close();
}
