/**
 * What a look teaches the care of nodes: that the cluster's API fell silent or answers again, and that failures began or
 * ceased to be correlated. Pure; it changes on transitions alone, so that a quiet pass writes nothing.
 *
 *   seen ─API silent─► lost ─answers─► regained: what nodes said before counts from here
 */
import { stormsAfter } from "../nodes/storm.ts";
import { breachesOf, judgeAll, likelyCulprit } from "../nodes/tally.ts";
import { memberNames } from "../resources/member-health.ts";
import { missingParts } from "../resources/member-signs.ts";
import { careView } from "../resources/node-care/care-view.ts";
import type { Cluster } from "../resources/resource.ts";
import { type Care, NO_CARE, type Storm } from "../status/care.ts";
import type { EventLine } from "../status/cluster-status.ts";
import { note, type Work } from "./work.ts";

/** Shorter than this no node is taken for silent by its cluster. Source: kube-controller-manager --node-monitor-grace-period, 50 s. */
const BLIP_MS = 50_000;

export function observedCare(work: Work, cluster: Cluster, nowMs: number): Work {
  const { status } = work;
  // Before there ever was an API, and while everything goes, there is nothing to lose sight of.
  if (status.deleting || status.pins.initialised !== true) return work;
  const old = status.care ?? NO_CARE;
  const before = withKept(old, cluster, nowMs);
  const seen = cluster.facts.kubernetes !== undefined;
  const after = seen
    ? inSight(withMissing(before, cluster, nowMs), cluster, nowMs)
    : outOfSight(before, nowMs);
  if (after === old) return work;
  return note({ ...work, status: { ...status, care: after } }, ...news(before, after));
}

/** It is told of until its machine is gone. Its label may not be seen at once. */
const KEPT_SEEN_MS = 10 * 60_000;
function withKept(care: Care, { facts }: Cluster, nowMs: number): Care {
  if (care.kept.length === 0 || facts.machines === undefined) return care;
  const apart = new Set((facts.kept ?? []).map(({ path }) => path));
  const kept = care.kept
    .filter(({ machine, atMs, settled }) => {
      const isThere = apart.has(machine) || facts.machineStates?.get(machine)?.kept !== undefined;
      return isThere || (settled !== true && nowMs < atMs + KEPT_SEEN_MS);
    })
    .map((one) => (apart.has(one.machine) && one.settled !== true ? { ...one, settled: true } : one));
  const isSame = kept.length === care.kept.length && kept.every((one, at) => one === care.kept[at]);
  return isSame ? care : { ...care, kept };
}

/** A pod that is not there says nothing of when it went. */
function withMissing(care: Care, cluster: Cluster, nowMs: number): Care {
  const { kubernetes } = cluster.facts;
  if (kubernetes === undefined) return care;
  const after = missingParts(care.missing, memberNames(cluster), kubernetes, nowMs);
  if (after === care.missing) return care;
  const { missing: _before, ...rest } = care;
  return after === undefined ? rest : { ...rest, missing: after };
}

/** Each is a write of the status. */
const SILENCE_NOTED_EVERY_MS = 2 * 60_000;
/** Passes over a cluster whose API is silent come every half minute, sweeps every five. */
const SILENCE_UNSEEN_MS_MAX = 10 * 60_000;

/** By a clock that is an hour off, a silence of a minute would be one of an hour, and its machines were restarted for it. */
function outOfSight(before: Care, nowMs: number): Care {
  const { lostMs } = before;
  const seenMs = before.lostSeenMs ?? lostMs;
  if (lostMs === null || seenMs === null || Math.abs(nowMs - seenMs) > SILENCE_UNSEEN_MS_MAX)
    return { ...before, lostMs: nowMs, lostSeenMs: nowMs };
  return nowMs - seenMs < SILENCE_NOTED_EVERY_MS ? before : { ...before, lostSeenMs: nowMs };
}

function inSight(before: Care, cluster: Cluster, nowMs: number): Care {
  const back = regained(before, nowMs);
  const view = careView({ ...cluster, care: back }, nowMs);
  const judged = judgeAll(view);
  const culprit = likelyCulprit(judged);
  const breaches = breachesOf(view, judged).map(({ scope, message }) => ({
    scope,
    message: culprit === undefined ? message : `${message}; what they share: ${culprit}`,
  }));
  const storms = stormsAfter(back.storms, breaches, nowMs);
  if (storms === back.storms) return back;
  // All nodes silent at once were not heard: that counts as lost sight of, too.
  const heard = ended(back.storms, storms).some(({ scope }) => scope === "cluster");
  return { ...back, storms, ...(heard ? { regainedMs: nowMs } : {}) };
}

/** A request that went astray makes no timer start again, or a cluster that loses one now and then was never repaired. */
function regained(before: Care, nowMs: number): Care {
  if (before.lostMs === null) return before;
  const isBlip = nowMs - before.lostMs < BLIP_MS;
  return { ...before, lostMs: null, lostSeenMs: null, ...(isBlip ? {} : { regainedMs: nowMs }) };
}

function ended(before: readonly Storm[], after: readonly Storm[]): readonly Storm[] {
  const open = new Set(before.filter(({ endedMs }) => endedMs === null).map(({ scope }) => scope));
  return after.filter(({ scope, endedMs }) => endedMs !== null && open.has(scope));
}

const ANEW = ": what its nodes said before counts from now on";
function news(before: Care, after: Care): readonly EventLine[] {
  const lines: EventLine[] = [];
  const line = (level: EventLine["level"], key: string, message: string) =>
    lines.push({ level, verb: "brake", key, message });
  if (before.lostMs === null && after.lostMs !== null)
    line("warning", "cluster", "the cluster's API does not answer: nothing is repaired until it does");
  if (before.lostMs !== null && after.lostMs === null)
    line(
      "info",
      "cluster",
      `the cluster's API answers again${after.regainedMs === before.regainedMs ? "" : ANEW}`,
    );
  const open = new Set(before.storms.filter(({ endedMs }) => endedMs === null).map(({ scope }) => scope));
  for (const { scope, endedMs, message } of after.storms)
    if (endedMs === null && !open.has(scope))
      line("warning", scope, `${message}: nothing there is replaced until it is over`);
  for (const { scope } of ended(before.storms, after.storms))
    line("info", scope, "it is over: after a cool-down machines are repaired one at a time");
  return lines;
}
