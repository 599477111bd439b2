/** The simulated cloud on the wire: Google's APIs on one loopback port, and each cluster's own API over TLS. */
import type { Chance } from "../../shared/ports/chance.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/ports/log.ts";
import { createSimulatedCloud, type SimulatedCloud } from "../cloud.ts";
import type { Range } from "../compute/ip.ts";
import { usePower } from "../control/powers.ts";
import { createHastyClock } from "../hasty-clock.ts";
import { createPush, type PushSubscription } from "../logging/push.ts";
import { claimAddresses } from "./claim-addresses.ts";
import { createDoors } from "./doors.ts";
import { GCLOUD_IMAGE_PROJECTS } from "./gcloud-env.ts";
import { startWire } from "./server.ts";

export interface StartCloudOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** How many times faster than the real one; everybody's clock stays real. */
  readonly speed: number;
  readonly projects: readonly string[];
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Called when a request has come in, before it is answered. */
  readonly onRequest?: () => void;
}
export interface RunningCloud {
  readonly url: string;
  /** Its external addresses, which no other simulated cloud on this machine has. */
  readonly externalRange: Range;
  readonly cloud: SimulatedCloud;
  /** Machines' events are pushed there from now on. */
  subscribe(subscription: PushSubscription): void;
  close(): Promise<void>;
}

const API_PORT = 6443;
const POST_TIMEOUT_MS = 30_000;

export async function startCloud(options: StartCloudOptions): Promise<RunningCloud> {
  const clock = createHastyClock(options.clock, options.speed);
  const doors = createDoors(options.log);
  const addresses = await claimAddresses();
  const push = createPush({ clock, identity: () => cloud.identity, log: options.log });
  const cloud: SimulatedCloud = createSimulatedCloud({
    clock,
    chance: options.chance,
    externalRange: addresses.range,
    // gcloud lists public images by asking each of their projects.
    projects: [...options.projects, ...GCLOUD_IMAGE_PROJECTS],
    post,
    fetch: (url, init) => fetch(url, { ...init, body: init.body ?? null }),
    onClusterOpened: (cluster, addresses) =>
      doors.open(cluster, addresses, (address) => cloud.clusterAt(address, API_PORT) === cluster),
    onClusterClosed: (cluster) => doors.close(cluster),
    onLogEntry: push.publish,
  });
  const wire = await startWire({
    compute: cloud.compute.service,
    secrets: cloud.secretsService,
    tasks: cloud.tasksService,
    identity: cloud.identity,
    control: { use: (power) => usePower(cloud, power, options.speed), subscribe: push.subscribe },
    waiting: { clock, onOperationDone: cloud.compute.onOperationDone },
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest }),
  });
  return {
    url: wire.url,
    externalRange: addresses.range,
    cloud,
    subscribe: push.subscribe,
    close: async () => {
      push.stop();
      await wire.close();
      await doors.closeAll();
      await addresses.release();
      clock.stop();
    },
  };
}

async function post(url: string, token: string, body: unknown) {
  const response = await fetch(url, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(POST_TIMEOUT_MS),
  });
  return { status: response.status, body: (await response.json().catch(() => ({}))) as unknown };
}
