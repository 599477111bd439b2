/** The faults have stopped: everything must be as declared within a bound, and then fall silent (L1, L4, L5). */
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import type { VirtualClock } from "../../simulator/clock.ts";
import type { SimulatedCloud } from "../../simulator/cloud.ts";
import type { Checker } from "./checker/checker.ts";
import type { Delivery } from "./delivery.ts";
import type { People } from "./people.ts";
import { PROJECT } from "./plane.ts";
import type { Tally } from "./run.ts";

const MINUTE_MS = 60_000;
/** The longest wait after a failure is 30 minutes (engine/backoff.ts); then a machine boots, joins, and its pool settles. */
export const CONVERGENCE_MAX_MS = 90 * MINUTE_MS;
/** A person answers: a cluster that was deleted by a race of hands may need a look again. */
const STEP_MS = 5_000;
/** Several sweeps long. */
export const SILENCE_MS = 10 * MINUTE_MS;
/** Two sweeps may still take in the last changes (a census that differs gives one pass). */
const SETTLE_MS = 3 * MINUTE_MS;

interface Rest {
  readonly clock: VirtualClock;
  readonly cloud: SimulatedCloud;
  readonly checker: Checker;
  readonly delivery: Delivery;
  readonly people: People;
  readonly clusters: readonly string[];
  readonly tally: Tally;
  statusOf(cluster: string): Promise<ClusterStatus | undefined>;
}

export async function comeToRest(rest: Rest): Promise<void> {
  const { clock, checker, clusters } = rest;
  const endMs = clock.nowMs() + CONVERGENCE_MAX_MS;
  let open = await unsettled(rest);
  while (open.length > 0 && clock.nowMs() < endMs) {
    await clock.advance(STEP_MS);
    open = await unsettled(rest);
  }
  for (const { cluster, why } of open) checker.violated("L1", cluster, why);
  if (open.length > 0) return;
  for (const _cluster of clusters) checker.held("L1");
  await beSilent(rest);
  await leaveNothing(rest);
}

/** Clusters that are not what their documents say, and why. */
async function unsettled(rest: Rest): Promise<readonly { readonly cluster: string; readonly why: string }[]> {
  const found: { cluster: string; why: string }[] = [];
  for (const cluster of rest.clusters) {
    const wished = rest.people.wished(cluster);
    if (wished === undefined) continue;
    const status = await rest.statusOf(cluster);
    const why = whyNot(status, wished.deletion !== undefined);
    if (why !== undefined) found.push({ cluster, why });
  }
  return found;
}

function whyNot(status: ClusterStatus | undefined, deleted: boolean): string | undefined {
  if (deleted) return status === undefined ? undefined : `is not gone: ${tell(status)}`;
  if (status === undefined) return "has no status";
  const calm =
    status.phase === "Ready" &&
    status.readyGeneration === status.generation &&
    status.conditions.find(({ type }) => type === "SpecAccepted")?.status === "True" &&
    status.wakeAtMs === null &&
    (status.lease?.untilMs ?? 0) === 0;
  return calm ? undefined : `is not as declared: ${tell(status)}`;
}

function tell(status: ClusterStatus): string {
  const bad = status.conditions.filter((condition) => condition.status !== "True");
  const failures = status.failures.map(({ key, code, count }) => `${key} ${code} ×${count}`);
  const said = bad.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  return [`phase ${status.phase}`, `generation ${status.generation}`, ...said, ...failures]
    .join("; ")
    .slice(0, 900);
}

/** L1, second half: no writes and no mutating calls. L4: no lease, no operation is left. */
async function beSilent({ clock, cloud, checker, tally, clusters, statusOf }: Rest): Promise<void> {
  await clock.advance(SETTLE_MS);
  const { mutations, writes } = tally;
  await clock.advance(SILENCE_MS);
  const more = { mutations: tally.mutations - mutations, writes: tally.writes - writes };
  if (more.mutations + more.writes > 0)
    checker.violated(
      "L1",
      undefined,
      `${more.mutations} mutations and ${more.writes} writes while all is as declared`,
    );
  else checker.held("L1");
  const unfinished = cloud.compute.unfinishedOperations();
  if (unfinished > 0) checker.violated("L4", undefined, `${unfinished} operations have not ended`);
  for (const cluster of clusters) {
    const status = await statusOf(cluster);
    if (status !== undefined && (status.lease?.untilMs ?? 0) !== 0)
      checker.violated("L4", cluster, "a lease is still held");
    else checker.held("L4");
  }
}

/** L5: nothing carries the uid of a cluster that is gone. */
async function leaveNothing({ cloud, checker, clusters, statusOf, tally }: Rest): Promise<void> {
  const alive = new Set<string>();
  for (const cluster of clusters) {
    const status = await statusOf(cluster);
    if (status !== undefined) alive.add(status.uid);
  }
  const paths = [
    ...cloud.compute.inventory(PROJECT).map(({ path }) => path),
    ...cloud.secrets.inProject(PROJECT).map(({ id }) => `secrets/${id}`),
  ];
  for (const uid of tally.uids) {
    if (alive.has(uid)) continue;
    const left = paths.filter((path) => path.includes(`-${uid}-`));
    if (left.length > 0)
      checker.violated("L5", undefined, `of ${uid} there is left: ${left.slice(0, 5).join(", ")}`);
    else checker.held("L5");
  }
}
