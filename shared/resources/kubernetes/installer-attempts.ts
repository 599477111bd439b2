/**
 * Which installer Job comes next.
 *
 *     none ─► attempt 1 ─complete─► done (older Jobs go)
 *                 └─failed─ pause ─► attempt 2 … ─failed─► a person must look
 */

import type { Job } from "./manifests/types.ts";
import { contentHash, HASH_ANNOTATION, type ServedObject } from "./object.ts";
import { jobState } from "./workload-state.ts";

/** Each attempt is up to four pods over ten minutes; what fails five times will not heal by itself. */
export const INSTALL_ATTEMPTS_MAX = 5;
/** Doubled with each failure: time for a registry or a chart repository to come back. */
const FIRST_PAUSE_MS = 60_000;

export type InstallerStep =
  | { readonly step: "done"; readonly job: string }
  | { readonly step: "create"; readonly job: Job; readonly reason: string }
  | { readonly step: "wait"; readonly job: ServedObject }
  | { readonly step: "pause"; readonly job: string; readonly reason: string }
  | { readonly step: "give-up"; readonly job: string; readonly reason: string };

/** `observed` are all Jobs of the same add-on, of whatever version. */
export function nextInstallerStep(
  wanted: Job,
  observed: readonly ServedObject[],
  nowMs: number,
): InstallerStep {
  const attempts = observed
    .map((job) => ({ job, attempt: attemptOf(wanted, job.metadata.name) }))
    .filter(({ attempt }) => attempt > 0)
    .sort((a, b) => a.attempt - b.attempt);
  const done = attempts.find(({ job }) => jobState(job) === "complete");
  if (done !== undefined) return { step: "done", job: done.job.metadata.name };
  const latest = attempts.at(-1);
  if (latest === undefined) {
    const earlier = observed.some((job) => jobState(job) === "complete");
    const reason = earlier ? "what it installs has changed" : "it has not run";
    return { step: "create", job: attemptJob(wanted, 1, earlier), reason };
  }
  const state = jobState(latest.job);
  if (typeof state === "string") return { step: "wait", job: latest.job };
  const job = latest.job.metadata.name;
  const failure = state.message === "" ? "it failed" : state.message;
  if (latest.attempt >= INSTALL_ATTEMPTS_MAX) return { step: "give-up", job, reason: failure };
  const pauseMs = FIRST_PAUSE_MS * 2 ** (latest.attempt - 1);
  const next = latest.attempt + 1;
  if (nowMs < state.failedMs + pauseMs) {
    return {
      step: "pause",
      job,
      reason: `attempt ${next} of ${INSTALL_ATTEMPTS_MAX} after a pause: ${failure}`,
    };
  }
  const earlier = observed.some((other) => jobState(other) === "complete");
  return {
    step: "create",
    job: attemptJob(wanted, next, earlier),
    reason: `attempt ${latest.attempt}: ${failure}`,
  };
}

/** 0 when it is not an attempt at the wanted Job. */
function attemptOf(wanted: Job, name: string): number {
  const stem = `${wanted.metadata.name}-`;
  const attempt = name.startsWith(stem) ? Number(name.slice(stem.length)) : 0;
  return Number.isInteger(attempt) ? attempt : 0;
}

/**
 * `cilium install` refuses where Helm already has a release, and `cilium upgrade` where it has none, and a failed try
 * may or may not have left one: so the attempts take turns, beginning with what should be right.
 */
function attemptJob(wanted: Job, attempt: number, installedBefore: boolean): Job {
  const upgrade = (attempt % 2 === 0) !== installedBefore;
  const { spec, metadata } = wanted;
  const containers = spec.template.spec.containers.map((container) =>
    upgrade && container.args?.[0] === "install"
      ? { ...container, args: ["upgrade", "--reset-values", ...container.args.slice(1)] }
      : container,
  );
  const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
  const annotations = { ...metadata.annotations, [HASH_ANNOTATION]: contentHash(template) };
  return {
    ...wanted,
    metadata: { ...metadata, name: `${metadata.name}-${attempt}`, annotations },
    spec: { ...spec, template },
  };
}
