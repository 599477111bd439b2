/** The stage of rollouts: a running cluster, a deployment that must stay up, and looks at every step. */
import assert from "node:assert/strict";
import { disruptionsPath } from "../../shared/engine/paths.ts";
import { LABEL_POOL } from "../../shared/resources/owner.ts";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import type { DisruptionRecord } from "../../shared/status/disruption.ts";
import type { Body } from "../support/cluster-sight.ts";
import { type InsideCluster, insideCluster } from "../support/inside-cluster.ts";
import { type Running, runningCluster } from "../support/running-cluster.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";

export const ID = "quickstart";
const STEP_MS = 2_000;
const LIMIT_MS = 60 * 60_000;

export type Spec = Record<string, unknown> & { nodePools: readonly Record<string, unknown>[] };

export interface Stage {
  readonly plane: SimulatedPlane;
  readonly cluster: Running;
  readonly inside: InsideCluster;
  readonly spec: Spec;
  /** The pool general with changes. */
  readonly general: (changes: object) => Spec;
}

/** The quickstart with nothing but three machines in its pool general, running. */
export async function stage(changes: object = {}): Promise<Stage> {
  const plane = simulatedPlane();
  const document = exampleDocument("quickstart") as Spec;
  const [general] = document.nodePools;
  const withGeneral = (more: object): Spec => ({
    ...document,
    nodePools: [{ ...general, size: 3, ...changes, ...more }],
  });
  const spec = withGeneral({});
  const cluster = runningCluster(plane, ID, spec);
  await cluster.write(spec);
  await cluster.assertSettled();
  return { plane, cluster, inside: await insideCluster(plane, ID), spec, general: withGeneral };
}

/** Three pods of the deployment web, up, which a disruption budget guards. */
export async function serveWeb(on: Stage, budget: object): Promise<void> {
  await on.inside.deployment("web", 3);
  await on.inside.budget("web", "web", budget);
  await until(on, async () => (await on.inside.readyPods("web")) === 3);
}

/** Lets time pass until it is so. */
export function until(
  on: Pick<Stage, "plane" | "cluster">,
  done: () => Promise<boolean> | boolean,
): Promise<void> {
  return watch(on, () => {}, done);
}
/** Lets time pass until the cluster has come to rest with this spec, or else is as wanted, looking at every step. */
export async function watch(
  { plane, cluster }: Pick<Stage, "plane" | "cluster">,
  look: () => Promise<void> | void = () => {},
  done: () => Promise<boolean> | boolean = async () => {
    const { phase, readyGeneration, generation } = await cluster.status();
    return phase === "Ready" && readyGeneration === generation;
  },
  limitMs = LIMIT_MS,
): Promise<void> {
  const endMs = plane.clock.nowMs() + limitMs;
  while (!(await done())) {
    assert(
      plane.clock.nowMs() < endMs,
      `not done: ${JSON.stringify(await cluster.status(), null, 1)}\n${plane.complaints.join("\n")}`,
    );
    await plane.clock.advance(STEP_MS);
    await look();
  }
}

export async function nodesOf({ inside }: Stage, pool: string): Promise<readonly Body[]> {
  const selector = encodeURIComponent(`${LABEL_POOL}=${pool}`);
  return inside.list(`/api/v1/nodes?labelSelector=${selector}`);
}

export async function condition(
  { cluster }: Stage,
  type: string,
): Promise<{ status: string; reason: string; message: string }> {
  const found = (await cluster.status()).conditions.find((one) => one.type === type);
  assert(found !== undefined);
  return found;
}

export const machineTypeOf = (machine: Readonly<Record<string, unknown>>) =>
  String(machine["machineType"]).split("/").at(-1);
export const isN2 = (machine: Readonly<Record<string, unknown>>) =>
  machineTypeOf(machine) === "n2-standard-4";
export const isReady = (node: Readonly<Record<string, unknown>>) =>
  (node["status"] as { conditions?: { type: string; status: string }[] }).conditions?.some(
    ({ type, status }) => type === "Ready" && status === "True",
  );

export const isCordoned = ({ spec }: Body) => spec.unschedulable === true;
/** Ready, and open for pods. */
export const isServing = (node: Body) => isReady(node) && !isCordoned(node);

export interface Line {
  readonly verb: string;
  readonly key: string;
  readonly message: string;
  readonly cause?: string | undefined;
}
/** All that was done, in order. */
export async function lines({ plane }: Stage): Promise<readonly Line[]> {
  const { documents } = await plane.engine.store.query<EventRecord>({ group: "events", limit: 500 });
  return documents
    .toSorted((one, other) => one.data.epoch - other.data.epoch)
    .flatMap(({ data }) => data.lines);
}

/** The ledger of disruptions. */
export async function ledger({ plane }: Stage): Promise<readonly DisruptionRecord[]> {
  const { documents } = await plane.engine.store.query<DisruptionRecord>({
    collection: disruptionsPath(ID),
    limit: 100,
  });
  return documents.map(({ data }) => data);
}

const DISTURBING =
  /^(cordon|evict|drained|uncordon|instanceGroupManagers\.deleteInstances|instances\.reset)$/;
/** For which causes machines were disturbed; "none" for a disturbance that names none. */
export async function causes(on: Stage): Promise<readonly string[]> {
  const disturbances = (await lines(on)).filter(({ verb }) => DISTURBING.test(verb));
  return [...new Set(disturbances.map(({ cause }) => cause ?? "none"))];
}
