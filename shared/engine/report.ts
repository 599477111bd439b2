/** Turns what a pass saw and planned into what people and programs read: conditions, phase, inventory. Pure. */
import type { CloudErrorCode } from "../ports/cloud-error.ts";
import { apiServerUrl } from "../resources/api-server.ts";
import type { Facts, Waiting } from "../resources/resource.ts";
import type { ClusterStatus, ConditionType, Failure, Phase } from "../status/cluster-status.ts";
import { setCondition, type Verdict } from "../status/condition.ts";
import { type Reason, reasonOfError } from "../status/reasons.ts";
import { ANSWERS } from "./backoff.ts";
import type { AnyKind } from "./kind.ts";
import type { KindState } from "./plan.ts";

const FINE: Verdict = { status: "True", reason: "AsDeclared", message: "" };

/** Conditions that sum up kinds of resources. */
const KIND_CONDITIONS = ["NetworkReady", "ControlPlaneReady", "NodesReady", "AddonsReady"] as const;
/** What failures to find an image are filed under; no managed kind. */
export const IMAGES = "images";
/** How many things one message names before it counts the rest. */
const NAMED_MAX = 3;
/** Characters: what pods and other people's programs say goes into them, and the status has little room. */
const MESSAGE_LENGTH_MAX = 4_000;

export function report(input: {
  readonly status: ClusterStatus;
  readonly kinds: readonly AnyKind[];
  readonly states: readonly KindState[];
  readonly facts: Facts;
  readonly nowMs: number;
}): ClusterStatus {
  const { status, kinds, states, facts, nowMs } = input;
  const conditionOf = new Map(kinds.map((kind) => [kind.kind, kind.condition ?? "NetworkReady"]));
  const group = (type: ConditionType) => states.filter((state) => conditionOf.get(state.kind) === type);
  const verdicts = new Map<ConditionType, Verdict>();
  for (const type of KIND_CONDITIONS) verdicts.set(type, judge(group(type), failuresFor(type, status)));
  const settled = states.every((state) => state.settled) && status.inFlight.length === 0;
  const problems = states.some((state) => state.problems.length > 0);
  verdicts.set("UpToDate", upToDate(states, judge(group("UpToDate"), failuresFor("UpToDate", status))));
  verdicts.set("Ready", readiness(verdicts, status));
  const conditions = [...verdicts].reduce(
    (all, [type, verdict]) =>
      setCondition(all, { type, ...short(verdict), observedGeneration: status.generation }, nowMs),
    status.conditions,
  );
  const ready = verdicts.get("Ready")?.status === "True";
  const readyGeneration = ready && settled ? status.generation : status.readyGeneration;
  const restsUntilMs = settled ? undefined : restOf(states, status);
  const { endpoint: _old, restsUntilMs: _before, ...rest } = status;
  const found = endpoint(facts) ?? status.endpoint;
  const next: ClusterStatus = {
    ...rest,
    ...(found === undefined ? {} : { endpoint: found }),
    ...(restsUntilMs === undefined ? {} : { restsUntilMs }),
    conditions,
    readyGeneration,
    inventory: states.map(({ kind, desired, observed, settled: done }) => ({
      kind,
      desired,
      observed,
      settled: done,
    })),
    nodes: countNodes(status, facts),
    unsettledSinceMs: settled ? null : (status.unsettledSinceMs ?? nowMs),
  };
  return { ...next, phase: phaseOf(next, ready, settled, problems) };
}

/** When the first of the waits ends by itself, if all that is left to do is such waits. */
function restOf(states: readonly KindState[], { inFlight, failures }: ClusterStatus): number | undefined {
  const open = states.filter(({ settled }) => !settled);
  const isBusy = open.some(
    ({ actions, unseen, undecided }) => actions.length > 0 || unseen !== undefined || undecided,
  );
  if (isBusy || inFlight.length > 0 || failures.length > 0) return undefined;
  const ends = open.flatMap(({ waiting }) => waiting.map(({ untilMs }) => untilMs));
  const known = ends.filter((untilMs) => untilMs !== undefined);
  return ends.length === 0 || known.length < ends.length ? undefined : Math.min(...known);
}

/** Images are pinned before any kind plans: machines wait for one that cannot be found. */
const OF_MACHINES: readonly ConditionType[] = ["ControlPlaneReady", "NodesReady"];
function failuresFor(type: ConditionType, { failures }: ClusterStatus): readonly Failure[] {
  return OF_MACHINES.includes(type) ? failures : failures.filter(({ kind }) => kind !== IMAGES);
}

/** The first reason found speaks: a person's turn before a failure before a wait. */
function judge(states: readonly KindState[], failures: readonly Failure[]): Verdict {
  const problem = states.flatMap((state) => state.problems)[0];
  if (problem !== undefined)
    return bad(problem.code === "conflict" ? "NameTaken" : "ChangeRefused", problem.message);
  const names = new Set(states.map((state) => state.kind));
  const failure = failures
    .filter((one) => names.has(one.kind) || one.kind === IMAGES)
    .sort((a, b) => b.count - a.count)[0];
  if (failure !== undefined && states.some((state) => !state.settled))
    return bad(reasonOfError(failure.code), tell(failure));
  const unseen = states.find((state) => state.unseen !== undefined);
  if (unseen?.unseen !== undefined) {
    const { code, message } = unseen.unseen;
    return {
      status: "Unknown",
      reason: reasonOfError(code),
      message: `${unseen.kind} cannot be observed: ${message}${REMEDIES[code] ?? ""}`,
    };
  }
  const unsettled = states.filter((state) => !state.settled);
  if (unsettled.length === 0) return FINE;
  const waits = unsettled.flatMap((state) => state.waiting);
  if (waits.length > 0) return bad(whyAllWait(waits), `${tellWaits(waits)}.`);
  const actions = unsettled.flatMap((state) => state.actions.map((action) => action.reason));
  if (actions.length > 0) return bad("Working", `${enumerate(actions)}.`);
  return bad(
    "Working",
    `Waiting for operations on ${enumerate(unsettled.map(({ kind }) => kind.replaceAll("-", " ")))} to finish.`,
  );
}

function short({ status, reason, message }: Verdict): Verdict {
  return { status, reason, message: message.slice(0, MESSAGE_LENGTH_MAX).toWellFormed() };
}

/** What a person can do about a look that was refused. */
const REMEDIES: Partial<Record<CloudErrorCode, string>> = {
  "not-found": " Does the project exist, and may the control plane's account see it (spec.project)?",
  "permission-denied": " Grant the control plane's account in that project what terraform/ grants it.",
};

function bad(reason: Reason, message: string): Verdict {
  return { status: "False", reason, message };
}

/** Where nothing moves by itself, what holds the first of them up. */
function whyAllWait(waits: readonly Waiting[]): Reason {
  return waits.every(({ because }) => because !== undefined) ? (waits[0]?.because ?? "Waiting") : "Waiting";
}

/** Waits of the same progress stand behind it: "1 of 3 machines of pool general replaced; waiting for …". */
function tellWaits(waits: readonly Waiting[]): string {
  const sentences = [...Map.groupBy(waits, ({ progress }) => progress)].map(([progress, some]) => {
    const what = enumerate(some.map(({ reason }) => reason));
    return progress === undefined ? `Waiting for ${what}` : `${progress}; waiting for ${what}`;
  });
  return enumerate(sentences);
}

function enumerate(things: readonly string[]): string {
  const all = [...new Set(things)];
  const named = all.slice(0, NAMED_MAX).join("; ");
  return all.length > NAMED_MAX ? `${named}; and ${all.length - NAMED_MAX} more` : named;
}

function tell(failure: Failure): string {
  const name = failure.key.split("/").slice(-2).join(" ");
  const tries = failure.count === 1 ? "" : ` (${failure.count} times)`;
  return `${name}: ${failure.message}${tries}; next try ${new Date(failure.retryAtMs).toISOString()}`;
}

/** Changes that were asked for and cannot be made in place show here, not in readiness. */
function upToDate(states: readonly KindState[], rollout: Verdict): Verdict {
  const open = states.flatMap((state) => state.problems).filter((problem) => problem.code !== "conflict");
  const [first] = open;
  if (first !== undefined)
    return bad(first.because ?? "ChangesOpen", enumerate(open.map((problem) => problem.message)));
  if (rollout.status !== "True") return rollout;
  const working = states.filter((state) => !state.settled);
  return working.length === 0
    ? FINE
    : bad("Working", `Working on ${enumerate(working.map(({ kind }) => kind.replaceAll("-", " ")))}.`);
}

function readiness(verdicts: ReadonlyMap<ConditionType, Verdict>, status: ClusterStatus): Verdict {
  if (status.deleting) return bad("Deleting", "The cluster is being deleted.");
  for (const type of KIND_CONDITIONS) {
    const verdict = verdicts.get(type);
    if (verdict !== undefined && verdict.status !== "True")
      return { ...verdict, message: `${type}: ${verdict.message}` };
  }
  return FINE;
}

function countNodes(status: ClusterStatus, facts: Facts): ClusterStatus["nodes"] {
  const spec = status.accepted;
  const pools =
    spec?.nodePools.map((pool) => (typeof pool.size === "number" ? pool.size : pool.size.min)) ?? [];
  const desired = status.deleting
    ? 0
    : pools.reduce((sum, size) => sum + size, spec?.controlPlane.replicas ?? 0);
  const nodes = facts.kubernetes?.nodes;
  if (nodes === undefined)
    return status.deleting ? { desired, ready: 0, total: 0 } : { ...status.nodes, desired };
  return { desired, ready: nodes.filter((node) => node.ready).length, total: nodes.length };
}

function endpoint(facts: Facts): string | undefined {
  const address = facts.apiExternalAddress ?? facts.apiInternalAddress;
  return address === undefined ? undefined : apiServerUrl(address);
}

function phaseOf(status: ClusterStatus, ready: boolean, settled: boolean, problems: boolean): Phase {
  if (status.deleting) return "Deleting";
  if (needsPerson(status) || problems) return "Blocked";
  if (ready && settled) return "Ready";
  if (status.readyGeneration === 0) return "Provisioning";
  const isCommanded = status.care?.commands.some(({ begunMs }) => begunMs !== undefined) === true;
  return status.readyGeneration < status.generation || isCommanded ? "Updating" : "Degraded";
}

/** A single hiccup of permissions right after they were granted is not yet a person's turn. */
const HOPELESS_AFTER = 3;
function needsPerson(status: ClusterStatus): boolean {
  return status.failures.some(
    (failure) =>
      failure.count >= HOPELESS_AFTER &&
      (ANSWERS as Record<string, { needsPerson: boolean }>)[failure.code]?.needsPerson,
  );
}
