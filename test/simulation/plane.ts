/** The world of a run: the simulated cloud, a store and a clock in one process, without a socket, a file or a real timer. */
import { openSqliteStore } from "../../shared/adapters/embedded/sqlite-store.ts";
import type { Engine } from "../../shared/engine/engine.ts";
import { clusterKinds, createCloudKinds } from "../../shared/engine/kinds.ts";
import { type IdentityVerifier, Unauthenticated } from "../../shared/ports/identity.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { Wakeups } from "../../shared/ports/wakeups.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../../simulator/clock.ts";
import { createSimulatedCloud, type SimulatedCloud } from "../../simulator/cloud.ts";
import { DEFAULT_DELAYS } from "../../simulator/compute/delays.ts";
import { computePort } from "../../simulator/compute/port.ts";
import { kubernetesPort } from "../../simulator/kubernetes-port.ts";
import { createSecretsPort } from "../../simulator/secrets/port.ts";
import { TEST_NOW_MS } from "../support/specs.ts";

export const PROJECT = "demo-project";
export const JOIN_URL = "https://join.example";
/** When every run begins. */
export const START_MS = TEST_NOW_MS;

/** How machines reach the node-join function. */
export type Post = (url: string, token: string, body: unknown) => Promise<{ status: number; body: unknown }>;

export interface Plane {
  readonly clock: VirtualClock;
  readonly cloud: SimulatedCloud;
  /** Ports without any fault; processes get them wrapped. */
  readonly engine: Engine;
  /** Boots take this many times as long now. */
  slowness: number;
}

export interface PlaneOptions {
  readonly seed: number;
  readonly post: Post;
  readonly log: Log;
  readonly wakeups: Wakeups;
}

/** Streams of chance that do not disturb one another: what one part draws changes nothing for the others. */
const STREAMS = { engine: 1, cloud: 2 } as const;
const STREAM_STEP = 1_000_003;
export function chanceOf(seed: number, stream: number) {
  return createSeededChance(seed * STREAM_STEP + stream);
}

export function createPlane(options: PlaneOptions): Plane {
  const clock = createVirtualClock(START_MS);
  const chance = chanceOf(options.seed, STREAMS.engine);
  const plane = { slowness: 1 };
  const cloud = createSimulatedCloud({
    clock,
    chance: chanceOf(options.seed, STREAMS.cloud),
    projects: [PROJECT],
    delays: { bootMs: (type, image) => DEFAULT_DELAYS.bootMs(type, image) * plane.slowness },
    post: options.post,
    fetch: async () => ({ status: 200 }),
  });
  const engine: Engine = {
    store: openSqliteStore({ file: ":memory:", clock, chance }),
    wakeups: options.wakeups,
    clock,
    chance,
    log: options.log,
    cloud: {
      compute: computePort(cloud.compute.service),
      secrets: createSecretsPort(cloud.secrets),
      kubernetes: kubernetesPort(cloud),
    },
    cloudKinds: createCloudKinds({ chance, clock }),
    clusterKinds,
    joinUrl: JOIN_URL,
    sharedNetworkProjects: [],
    holder: () => "nobody",
  };
  return Object.assign(plane, { clock, cloud, engine });
}

/** Reads the claims that the simulated Google signed; signatures have tests of their own (token-verifier). */
export const trustingIdentity: IdentityVerifier = {
  machine: async (token, audience) => {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    if (claims.aud !== audience) throw new Unauthenticated("wrong audience");
    const { compute_engine: machine } = claims.google;
    return {
      projectId: machine.project_id,
      zone: machine.zone,
      instanceId: String(machine.instance_id),
      instanceName: machine.instance_name,
      email: claims.email,
      issuedAtMs: claims.iat * 1000,
      expiresAtMs: claims.exp * 1000,
    };
  },
  caller: async () => {
    throw new Unauthenticated("nobody calls here");
  },
};
