/** An embedded control plane: the functions' own code in one process, on SQLite and timers. */

import { join } from "node:path";
import { Hono } from "hono";
import { nothingThere } from "../../functions/answers.ts";
import { createApi } from "../../functions/api/app.ts";
import type { ControlPlane } from "../../functions/control-plane.ts";
import { localClientOptions } from "../../functions/local-cloud.ts";
import { createMachineEvent } from "../../functions/machine-event.ts";
import { createMaintenance } from "../../functions/maintenance.ts";
import { createNodeJoin } from "../../functions/node-join.ts";
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../../shared/adapters/embedded/real-clock.ts";
import { openSqliteStore } from "../../shared/adapters/embedded/sqlite-store.ts";
import { createStorePublisher } from "../../shared/adapters/embedded/store-publisher.ts";
import { openTimerWakeups } from "../../shared/adapters/embedded/timer-wakeups.ts";
import { createGoogleCompute } from "../../shared/adapters/google/compute.ts";
import { createSecretManager } from "../../shared/adapters/google/secret-manager.ts";
import { createTokenVerifier } from "../../shared/adapters/google/token-verifier.ts";
import { createKubernetesTransport } from "../../shared/adapters/kubernetes/transport.ts";
import { shareReads } from "../../shared/adapters/shared-reads.ts";
import type { Engine } from "../../shared/engine/engine.ts";
import { clusterKinds, createCloudKinds } from "../../shared/engine/kinds.ts";
import { createLookMemory } from "../../shared/engine/look-memory.ts";
import type { IdentityVerifier } from "../../shared/ports/identity.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { ServerAddress } from "../server-address.ts";
import { makeDataFolder } from "./data-folder.ts";
import { startDispatcher } from "./dispatcher.ts";
import { type HttpServer, listen } from "./http-server.ts";
import { LOCAL_OPERATOR, localIdentity } from "./local-identity.ts";
import { askForMachineEvents, LOCAL_PUSHER } from "./machine-events.ts";
import { onlyProcess } from "./only-process.ts";

export interface EmbeddedOptions {
  /** Folder of the documents; made when it is missing. */
  readonly data: string;
  /** 0 for a free one. */
  readonly port: number;
  /** A local cloud's URL; Google's own when absent. */
  readonly cloud?: string | undefined;
  /** Where machines find node-join, when it is not this process's own URL. */
  readonly joinUrl?: string | undefined;
  /** Host projects of shared VPCs whose networks clusters may be put into. Default: none. */
  readonly sharedNetworkProjects?: readonly string[] | undefined;
  /** Another address for one that cannot be reached from here. */
  readonly resolve?: ((host: string) => string) | undefined;
  /** Of a simulated cloud: how much faster than Google's its machines are. */
  readonly haste?: number | undefined;
  readonly log: Log;
}
export interface Embedded {
  readonly engine: Engine;
  readonly address: ServerAddress;
  stop(): Promise<void>;
}

const TOKEN_BYTES = 32;

/** @throws CommandError when the folder is in use or the port is taken */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { data, cloud, log } = options;
  makeDataFolder(data);
  const release = onlyProcess(data);
  const apps = new Hono();
  apps.notFound(nothingThere);
  const server = await listen(apps, options.port).catch((error: unknown) => {
    release();
    throw error;
  });
  const clock = createRealClock();
  const chance = createRealChance();
  const file = join(data, "clusterwright.db");
  const store = openSqliteStore({ file, clock, chance, log });
  const wakeups = openTimerWakeups({ file, clock, chance, log });
  const googleCompute = createGoogleCompute({ clock, ...(cloud === undefined ? {} : { endpoint: cloud }) });
  const engine: Engine = {
    store,
    wakeups,
    clock,
    chance,
    log,
    cloud: {
      compute: shareReads(googleCompute, clock),
      secrets: createSecretManager(localClientOptions(cloud)),
      kubernetes: createKubernetesTransport(
        options.resolve === undefined ? {} : { resolve: options.resolve },
      ),
    },
    cloudKinds: createCloudKinds({ chance, clock }),
    clusterKinds,
    memory: createLookMemory(options.haste),
    joinUrl: options.joinUrl ?? `${server.url}/node-join`,
    sharedNetworkProjects: options.sharedNetworkProjects ?? [],
    ...(options.haste === undefined ? {} : { haste: options.haste }),
    // A restarted process takes over its own leases at once: `onlyProcess` makes sure that there is no other.
    holder: () => "embedded",
  };
  const token = Buffer.from(chance.bytes(TOKEN_BYTES)).toString("base64url");
  const google = createTokenVerifier({
    clock,
    ...(cloud === undefined ? {} : { jwksUrl: `${cloud}/oauth2/v3/certs` }),
  });
  const plane = controlPlaneOf(engine, server, token, google, options);
  apps.route("/node-join", createNodeJoin(plane));
  apps.route("/machine-event", createMachineEvent({ ...plane, identity: google }));
  apps.route("/maintenance", createMaintenance(plane));
  apps.route("/", createApi(plane) as unknown as Hono);
  const dispatcher = startDispatcher(engine);
  wakeups.start(({ clusterId, cause }) => dispatcher.request(clusterId, cause));
  const stopAsking =
    cloud === undefined
      ? () => {}
      : askForMachineEvents({ cloud, endpoint: plane.urls.machineEvent, clock, log });
  return {
    engine,
    address: { url: server.url, token },
    stop: async () => {
      stopAsking();
      await server.close();
      await dispatcher.stop();
      await wakeups.stop();
      await store.close();
      await googleCompute.close();
      release();
    },
  };
}

function controlPlaneOf(
  engine: Engine,
  server: HttpServer,
  token: string,
  google: IdentityVerifier,
  { cloud, resolve }: EmbeddedOptions,
): ControlPlane {
  const { url } = server;
  return {
    engine,
    identity: localIdentity(token, google),
    invoker: LOCAL_OPERATOR,
    // Google cannot push to this machine, so nobody may in its name.
    pusher: cloud === undefined ? "" : LOCAL_PUSHER,
    commander: LOCAL_OPERATOR,
    deadLetters: createStorePublisher(engine, "commands-dead"),
    urls: {
      reconcile: url,
      sweep: url,
      api: url,
      machineEvent: `${url}/machine-event`,
      maintenance: url,
    },
    operators: [LOCAL_OPERATOR],
    ...(resolve === undefined ? {} : { reachable: resolve }),
  };
}
