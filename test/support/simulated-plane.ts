/** The control plane and the simulated cloud in one process under virtual time: no socket, no file, no real timer. */
import type { Hono } from "hono";
import { createNodeJoin } from "../../functions/node-join.ts";
import { openSqliteStore } from "../../shared/adapters/embedded/sqlite-store.ts";
import type { Engine } from "../../shared/engine/engine.ts";
import { clusterKinds, createCloudKinds } from "../../shared/engine/kinds.ts";
import { pass } from "../../shared/engine/pass.ts";
import { clusterPath, statusPath } from "../../shared/engine/paths.ts";
import { type IdentityVerifier, Unauthenticated } from "../../shared/ports/identity.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { ClusterDocument, ClusterStatus } from "../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../../simulator/clock.ts";
import { createSimulatedCloud, type SimulatedCloud } from "../../simulator/cloud.ts";
import { computePort } from "../../simulator/compute/port.ts";
import { kubernetesPort } from "../../simulator/kubernetes-port.ts";
import { createSecretsPort } from "../../simulator/secrets/port.ts";
import { TEST_NOW_MS } from "./specs.ts";

export interface SimulatedPlane {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly cloud: SimulatedCloud;
  /** Log lines at warning and above. */
  readonly complaints: string[];
  /** Writes a cluster document and delivers its trigger. */
  write(id: string, document: ClusterDocument): Promise<void>;
  status(id: string): Promise<ClusterStatus | undefined>;
  /** Lets virtual time pass until the cluster satisfies `done`. @throws Error with the last status after `limitMs` */
  until(id: string, done: (status: ClusterStatus | undefined) => boolean, limitMs?: number): Promise<void>;
}

const PROJECT = "demo-project";
const STEP_MS = 1_000;
const LIMIT_MS = 30 * 60_000;
const COMPLAINTS_TOLD = 20;
const JOIN_URL = "https://join.example";

export function simulatedPlane(seed = 1): SimulatedPlane {
  const clock = createVirtualClock(TEST_NOW_MS);
  const chance = createSeededChance(seed);
  const complaints: string[] = [];
  const log: Log = (level, message, fields) => {
    if (level === "warning" || level === "error") complaints.push(`${message} ${JSON.stringify(fields)}`);
  };
  let join: Hono | undefined;
  const cloud = createSimulatedCloud({
    clock,
    chance: createSeededChance(seed + 1),
    projects: [PROJECT],
    post: async (url, token, body) => {
      const answer = await join?.request(url, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: answer?.status ?? 503, body: await answer?.json() };
    },
    fetch: async () => ({ status: 200 }),
  });
  const store = openSqliteStore({ file: ":memory:", clock, chance });
  const pending = new Map<string, () => void>();
  const engine: Engine = {
    store,
    clock,
    chance,
    log,
    wakeups: {
      schedule: async ({ clusterId, atMs, cause }) => {
        pending.get(clusterId)?.();
        pending.set(
          clusterId,
          clock.after(Math.max(0, atMs - clock.nowMs()), () => void pass(engine, clusterId, cause)),
        );
      },
      cancel: async (clusterId) => pending.get(clusterId)?.(),
    },
    cloud: {
      compute: computePort(cloud.compute.service),
      secrets: createSecretsPort(cloud.secrets),
      kubernetes: kubernetesPort(cloud),
    },
    cloudKinds: createCloudKinds({ chance, clock }),
    clusterKinds,
    joinUrl: JOIN_URL,
    holder: () => "simulated",
  };
  join = createNodeJoin({ engine, identity: trustingIdentity(cloud) });
  const status = async (id: string) => (await store.get<ClusterStatus>(statusPath(id)))?.data;
  return {
    engine,
    clock,
    cloud,
    complaints,
    status,
    write: async (id, document) => {
      await store.transact(async (transaction) => transaction.set(clusterPath(id), { ...document }));
      await pass(engine, id, "document written");
    },
    until: async (id, done, limitMs = LIMIT_MS) => {
      const endMs = clock.nowMs() + limitMs;
      for (let now = await status(id); !done(now); now = await status(id)) {
        if (clock.nowMs() > endMs)
          throw new Error(
            `not so after ${limitMs / 1000} s: ${told(now)}\n${complaints.slice(-COMPLAINTS_TOLD).join("\n")}`,
          );
        await clock.advance(STEP_MS);
      }
    },
  };
}

/** A status as a failed test needs it: without the spec. */
function told(status: ClusterStatus | undefined): string {
  return JSON.stringify({ ...status, accepted: undefined, inventory: undefined, attempts: undefined }, null, 1);
}

/** Reads the claims that the simulated Google signed; signatures have tests of their own (token-verifier). */
function trustingIdentity(_cloud: SimulatedCloud): IdentityVerifier {
  return {
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
}
