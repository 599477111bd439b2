/** Puts the control plane together from Google's services, once a process. */

import { createRealChance } from "../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../shared/adapters/embedded/real-clock.ts";
import { createGoogleCompute } from "../shared/adapters/google/compute.ts";
import { openFirestoreStore } from "../shared/adapters/google/firestore-store.ts";
import { createSecretManager } from "../shared/adapters/google/secret-manager.ts";
import { createTaskWakeups } from "../shared/adapters/google/task-wakeups.ts";
import { createTokenVerifier } from "../shared/adapters/google/token-verifier.ts";
import { createTopicPublisher } from "../shared/adapters/google/topic-publisher.ts";
import { createKubernetesTransport } from "../shared/adapters/kubernetes/transport.ts";
import { shareReads } from "../shared/adapters/shared-reads.ts";
import type { Engine } from "../shared/engine/engine.ts";
import { clusterKinds, createCloudKinds } from "../shared/engine/kinds.ts";
import { createLookMemory } from "../shared/engine/look-memory.ts";
import { cloudLog } from "./cloud-log.ts";
import type { ControlPlane } from "./control-plane.ts";
import { localAddress, localClientOptions } from "./local-cloud.ts";
import { readSettings } from "./settings.ts";

let made: Promise<ControlPlane> | undefined;

/** The one control plane of this process. A failure is not remembered: the next call tries again. */
export function controlPlane(env: NodeJS.ProcessEnv = process.env): Promise<ControlPlane> {
  made ??= assemble(env).catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
}

async function assemble(env: NodeJS.ProcessEnv): Promise<ControlPlane> {
  const settings = readSettings(env);
  const clock = createRealClock();
  const chance = createRealChance();
  const cloud = settings.CLUSTERWRIGHT_CLOUD;
  const local = localClientOptions(cloud);
  const store = await openFirestoreStore({
    projectId: settings.GOOGLE_CLOUD_PROJECT,
    databaseId: settings.FIRESTORE_DATABASE,
    clock,
    chance,
    log: cloudLog,
  });
  const engine: Engine = {
    store,
    clock,
    chance,
    log: cloudLog,
    wakeups: createTaskWakeups({
      store,
      clock,
      queue: settings.CLUSTERWRIGHT_QUEUE,
      url: settings.CLUSTERWRIGHT_RECONCILE_URL,
      serviceAccount: settings.CLUSTERWRIGHT_INVOKER,
      client: local,
    }),
    cloud: {
      compute: shareReads(
        createGoogleCompute({ clock, ...(cloud === undefined ? {} : { endpoint: cloud }) }),
        clock,
      ),
      secrets: createSecretManager(local),
      kubernetes: createKubernetesTransport({ resolve: localAddress(cloud) }),
    },
    cloudKinds: createCloudKinds({ chance, clock }),
    clusterKinds,
    memory: createLookMemory(),
    joinUrl: settings.CLUSTERWRIGHT_JOIN_URL,
    sharedNetworkProjects: settings.CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS,
    holder: () => Buffer.from(chance.bytes(8)).toString("hex"),
  };
  const keys = cloud === undefined ? {} : { jwksUrl: `${cloud}/oauth2/v3/certs` };
  return {
    engine,
    identity: createTokenVerifier({ clock, ...keys }),
    invoker: settings.CLUSTERWRIGHT_INVOKER,
    pusher: settings.CLUSTERWRIGHT_PUSHER,
    commander: settings.CLUSTERWRIGHT_COMMANDER,
    deadLetters: createTopicPublisher({ topic: settings.CLUSTERWRIGHT_DEAD_LETTERS, ...pubsubOf(env) }),
    urls: {
      reconcile: settings.CLUSTERWRIGHT_RECONCILE_URL,
      sweep: settings.CLUSTERWRIGHT_SWEEP_URL,
      api: settings.CLUSTERWRIGHT_API_URL,
      machineEvent: settings.CLUSTERWRIGHT_MACHINE_EVENT_URL,
      maintenance: settings.CLUSTERWRIGHT_MAINTENANCE_URL,
    },
    operators: settings.CLUSTERWRIGHT_OPERATORS,
  };
}

/** Google's emulator, where its clients' own variable names one. */
function pubsubOf({ PUBSUB_EMULATOR_HOST: host }: NodeJS.ProcessEnv): { readonly endpoint?: string } {
  return host === undefined ? {} : { endpoint: `http://${host}` };
}
