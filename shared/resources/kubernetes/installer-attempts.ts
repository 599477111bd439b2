/**
 * Which installer Job comes next.
 *
 *     none ─► attempt 1 ─complete─► done (older Jobs go) ─what it installed is gone─► attempt 2
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

/** `jobs` are all Jobs of the same add-on, of whatever version; `installed`: what a complete one leaves is there. */
export function nextInstallerStep(
  wanted: Job,
  { jobs, installed }: { readonly jobs: readonly ServedObject[]; readonly installed: boolean },
  nowMs: number,
): InstallerStep {
  const attempts = jobs
    .map((job) => ({ job, attempt: attemptOf(wanted, job.metadata.name) }))
    .filter(({ attempt }) => attempt > 0)
    .sort((a, b) => a.attempt - b.attempt);
  const latest = attempts.at(-1);
  if (latest === undefined) {
    const earlier = jobs.some((job) => jobState(job) === "complete");
    const reason = earlier ? "what it installs has changed" : "it has not run";
    return { step: "create", job: attemptJob(wanted, 1, earlier), reason };
  }
  const state = jobState(latest.job);
  const job = latest.job.metadata.name;
  if (state === "running") return { step: "wait", job: latest.job };
  if (state === "complete" && installed) return { step: "done", job };
  return again(wanted, latest, state === "complete" ? GONE : state, nowMs);
}
const GONE = { failedMs: 0, message: "what it installed is gone" };

function again(
  wanted: Job,
  latest: { readonly job: ServedObject; readonly attempt: number },
  { failedMs, message }: { readonly failedMs: number; readonly message: string },
  nowMs: number,
): InstallerStep {
  const job = latest.job.metadata.name;
  const failure = message === "" ? "it failed" : message;
  if (latest.attempt >= INSTALL_ATTEMPTS_MAX) return { step: "give-up", job, reason: failure };
  const next = latest.attempt + 1;
  if (nowMs < failedMs + FIRST_PAUSE_MS * 2 ** (latest.attempt - 1)) {
    const reason = `attempt ${next} of ${INSTALL_ATTEMPTS_MAX} after a pause: ${failure}`;
    return { step: "pause", job, reason };
  }
  const reason = `attempt ${latest.attempt}: ${failure}`;
  return { step: "create", job: attemptJob(wanted, next, !wasUpgrade(latest.job)), reason };
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
function attemptJob(wanted: Job, attempt: number, upgrade: boolean): Job {
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
function wasUpgrade(job: ServedObject): boolean {
  const { spec } = job as unknown as Job;
  return spec.template.spec.containers[0]?.args?.[0] === "upgrade";
}
