/** The faults have stopped: everything must be as declared within a bound, and then fall silent (L1, L4, L5, L7). */
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { isFine } from "../../shared/status/condition.ts";
import { PROJECT } from "../../simulation/world.ts";
import type { VirtualClock } from "../../simulator/clock.ts";
import type { SimulatedCloud } from "../../simulator/cloud.ts";
import type { Checker } from "./checker/checker.ts";
import type { Delivery } from "./delivery.ts";
import type { People } from "./people.ts";
import type { Tally } from "./run.ts";

const MINUTE_MS = 60_000;
/**
 * The longest way back is that of a pool most of whose machines fail in the last minute and do not heal by themselves. It is no
 * defect but the brakes at work: an hour in which nothing is touched, repairs one by one, the cool-down, and half an hour until
 * the storm is forgotten (nodes/storm.ts). The longest wait after a failed call, 30 minutes (engine/backoff.ts), is within
 * that. Seeds take 45 minutes at most, that pool 106 (care-scenarios.spec.ts): 90 would be too few.
 */
const STORM_MS = 60 * MINUTE_MS;
const ONE_BY_ONE_MS = 20 * MINUTE_MS;
const COOL_DOWN_MS = 10 * MINUTE_MS;
const FORGOTTEN_AFTER_MS = 30 * MINUTE_MS;
export const CONVERGENCE_MAX_MS = STORM_MS + ONE_BY_ONE_MS + COOL_DOWN_MS + FORGOTTEN_AFTER_MS;
const STEP_MS = 5_000;
/** Without a write or a mutation: several sweeps long. */
export const SILENCE_MS = 10 * MINUTE_MS;

interface Rest {
  readonly clock: VirtualClock;
  readonly cloud: SimulatedCloud;
  readonly checker: Checker;
  readonly delivery: Delivery;
  readonly people: People;
  readonly clusters: readonly string[];
  readonly tally: Tally;
  /** Enough has been seen. */
  enough(): boolean;
  statusOf(cluster: string): Promise<ClusterStatus | undefined>;
}

export async function comeToRest(rest: Rest): Promise<void> {
  const { clock, checker, clusters } = rest;
  const endMs = clock.nowMs() + CONVERGENCE_MAX_MS;
  let open = await unsettled(rest);
  let before = activity(rest);
  let quietSinceMs = clock.nowMs();
  while (
    !rest.enough() &&
    clock.nowMs() < endMs &&
    (open.length > 0 || clock.nowMs() - quietSinceMs < SILENCE_MS)
  ) {
    await rest.people.withdraw();
    await clock.advance(STEP_MS);
    open = await unsettled(rest);
    const now = activity(rest);
    if (now !== before || open.length > 0) quietSinceMs = clock.nowMs();
    before = now;
  }
  if (rest.enough()) return;
  for (const { cluster, why, invariant } of open) checker.violated(invariant, cluster, why);
  if (open.length > 0) return;
  if (clock.nowMs() - quietSinceMs < SILENCE_MS) checker.violated("L1", undefined, restless(rest));
  for (const _cluster of clusters) checker.held("L1");
  await endAll(rest);
  await leaveNothing(rest);
}

/** Writes of documents and changes of the cloud so far. */
function activity({ tally }: Rest): number {
  return tally.mutations + tally.writes;
}
function restless({ clock }: Rest): string {
  return `all is as declared, and yet there were writes or mutations within the last ${SILENCE_MS} ms before ${new Date(clock.nowMs()).toISOString()}`;
}

interface Unsettled {
  readonly invariant: "L1" | "L7";
  readonly cluster: string;
  readonly why: string;
}
/** Clusters that are not what their documents say, and those of which something was asked that has not ended, and why. */
async function unsettled(rest: Rest): Promise<readonly Unsettled[]> {
  const found: Unsettled[] = [];
  for (const cluster of rest.clusters) {
    const wished = rest.people.wished(cluster);
    if (wished === undefined) continue;
    const status = await rest.statusOf(cluster);
    const why = whyNot(status, wished.deletion !== undefined);
    if (why !== undefined) found.push({ invariant: "L1", cluster, why });
    const asked = await rest.people.unanswered(cluster);
    if (asked !== undefined)
      found.push({ invariant: "L7", cluster, why: `has not come to an end: ${asked}` });
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
  const bad = status.conditions.filter((condition) => !isFine(condition));
  const failures = status.failures.map(({ key, code, count }) => `${key} ${code} ×${count}`);
  const said = bad.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  return [`phase ${status.phase}`, `generation ${status.generation}`, ...said, ...failures]
    .join("; ")
    .slice(0, 900);
}

/** L4: no lease, no operation is left. */
async function endAll({ cloud, checker, clusters, statusOf }: Rest): Promise<void> {
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
