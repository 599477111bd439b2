/** Takes a document's wishes into the status: a new generation, a refusal with its reasons, a deletion. Pure but for the uid. */
import type { Chance } from "../ports/chance.ts";
import { targetVersion } from "../resources/versions.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import { describeFieldError, type FieldError } from "../spec/field-error.ts";
import { resolveVersion } from "../spec/kubernetes-versions.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import { setCondition } from "../status/condition.ts";
import type { Reason } from "../status/reasons.ts";
import { askForImages } from "./pin-images.ts";
import { note, type Work } from "./work.ts";

const UID_LENGTH = 6;
const UID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A cluster's status before anything is known. The uid never changes again. */
export function newStatus(chance: Chance): ClusterStatus {
  const uid = [...chance.bytes(UID_LENGTH)]
    .map((byte) => UID_ALPHABET.charAt(byte % UID_ALPHABET.length))
    .join("");
  return {
    schemaVersion: 1,
    uid,
    phase: "Pending",
    conditions: [],
    generation: 0,
    specHash: "",
    seenHash: "",
    pins: { kubernetesVersion: "", images: {}, initialised: false },
    deleting: false,
    readyGeneration: 0,
    inventory: [],
    nodes: { desired: 0, ready: 0, total: 0 },
    inFlight: [],
    failures: [],
    attempts: {},
    wakeAtMs: null,
    unsettledSinceMs: null,
    operation: null,
  };
}

export function admit(
  work: Work,
  { spec, specHash }: { spec: ClusterSpec; specHash: string },
  nowMs: number,
): Work {
  const { status } = work;
  const generation = status.generation + 1;
  const kubernetesVersion = chooseVersion(status, spec, nowMs);
  const accepted: ClusterStatus = {
    ...askForImages(status, nowMs),
    accepted: spec,
    specHash,
    generation,
    pins: { ...status.pins, kubernetesVersion },
    unsettledSinceMs: nowMs,
    // Whoever reads between here and the report must not take the new generation for done.
    phase: status.readyGeneration === 0 ? status.phase : "Updating",
  };
  const target = targetVersion(spec.kubernetes.version, kubernetesVersion, nowMs);
  const aim = target === kubernetesVersion ? "" : `, to become ${target}`;
  const message = `accepted generation ${generation} of the spec, Kubernetes ${kubernetesVersion}${aim}`;
  return note({ ...work, status: accepted }, { level: "info", verb: "accepted", key: "spec", message });
}

/** Of a new cluster. One that runs goes on with what it has; an upgrade takes it further, step by step. */
function chooseVersion({ pins }: ClusterStatus, spec: ClusterSpec, nowMs: number): string {
  if (pins.kubernetesVersion !== "") return pins.kubernetesVersion;
  const resolved = resolveVersion(spec.kubernetes.version, nowMs);
  return resolved.ok ? resolved.version : pins.kubernetesVersion;
}

/** The accepted spec is what the document says (again). */
export function confirmSpec(work: Work, nowMs: number): Work {
  const { status } = work;
  const condition = { type: "SpecAccepted", status: "True", reason: "Accepted", message: "" } as const;
  const conditions = setCondition(
    status.conditions,
    { ...condition, observedGeneration: status.generation },
    nowMs,
  );
  return { ...work, status: { ...status, conditions } };
}

/** Errors named in one condition; the API answers all of them when a document is written through it. */
const ERRORS_NAMED_MAX = 10;

export function refuseSpec(
  work: Work,
  { reason, errors }: { reason: Reason; errors: readonly FieldError[] },
  nowMs: number,
): Work {
  const told = errors
    .slice(0, ERRORS_NAMED_MAX)
    .map((error) => `${describeFieldError(error)}.`)
    .join(" ");
  const more = errors.length > ERRORS_NAMED_MAX ? ` And ${errors.length - ERRORS_NAMED_MAX} more.` : "";
  const still = work.status.accepted === undefined ? "" : " The last accepted spec stays in force.";
  return say(work, { reason, message: `${told}${more}${still}` }, "refused", nowMs);
}

export function refuseDeletion(
  work: Work,
  refusal: { reason: Reason; message: string },
  nowMs: number,
): Work {
  return say(work, refusal, "refused", nowMs);
}

function say(
  work: Work,
  { reason, message }: { reason: Reason; message: string },
  verb: string,
  nowMs: number,
): Work {
  const before = work.status.conditions.find((condition) => condition.type === "SpecAccepted");
  const { generation } = work.status;
  const condition = {
    type: "SpecAccepted",
    status: "False",
    observedGeneration: generation,
    reason,
    message,
  } as const;
  const status = { ...work.status, conditions: setCondition(work.status.conditions, condition, nowMs) };
  const phase = status.accepted === undefined ? "Blocked" : status.phase;
  const next = { ...work, status: { ...status, phase } as const };
  if (before?.reason === reason && before.message === message) return next;
  return note(next, { level: "warning", verb, key: "spec", message });
}

export function startDeleting(work: Work, nowMs: number): Work {
  if (work.status.deleting) return work;
  const status: ClusterStatus = {
    ...work.status,
    deleting: true,
    phase: "Deleting",
    unsettledSinceMs: nowMs,
  };
  return note(
    { ...work, status },
    { level: "info", verb: "deleting", key: "cluster", message: "deletion was asked for" },
  );
}
