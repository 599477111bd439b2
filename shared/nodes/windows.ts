/**
 * When a cluster may be disturbed on purpose: its maintenance windows and exclusions at one moment. Pure.
 *
 *   closed ─start of a window─► open ─too little left─► closing ─end─► closed        an exclusion closes it meanwhile
 */
import type { ClusterSpec } from "../spec/cluster.ts";
import { durationMs } from "../spec/duration.ts";
import { momentMs } from "../spec/moment.ts";
import { nextOpeningOf, openingsOf } from "../spec/recurrence.ts";
import { type Hold, UNTIL_TOLD_MS } from "./hold.ts";
import { momentOfLocal, offsetMs, showLocal } from "./local-time.ts";

export type Maintenance = ClusterSpec["maintenance"];
type Window = Maintenance["windows"][number];
type Exclusion = Maintenance["exclusions"][number];

/** What is about to happen to machines. */
export interface Change {
  /** Machines of pools are replaced or upgraded; else those of the control plane. */
  readonly nodes: boolean;
  /** It brings another minor of Kubernetes. */
  readonly minor: boolean;
}
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
  readonly timezone: string;
}

/**
 * What one node takes: a new machine that boots and joins (5 minutes), and a drain with its pods' usual grace (10). Not
 * the pool's drainTimeout, which says when a person is told: by that measure nothing would ever fit.
 */
export const NODE_MS = 15 * 60_000;

/** Local times and offsets of zones differ by less. */
const ZONE_MS = 26 * 3_600_000;
/** Windows are asked about for every pool in every pass: what was found holds until it is over. */
const KEPT_MAX = 500;
const kept = new Map<string, Found>();

interface Found {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** All openings that were not over then, up to the next one at least. */
  readonly spans: readonly Span[];
}

/** The opening that covers the moment and the one after it, each joined with those that it touches. */
export function windowsAt(
  windows: Maintenance["windows"],
  nowMs: number,
): { readonly open?: Span; readonly next?: Span } {
  const spans = joined(windows.flatMap((window) => spansOf(window, nowMs)));
  const open = spans.find(({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs);
  const next = spans.find(({ startMs }) => startMs > nowMs);
  return { ...(open === undefined ? {} : { open }), ...(next === undefined ? {} : { next }) };
}

/** Exclusions of the change that have not ended at the moment, the one that ends last first. */
export function exclusionsOf(
  { exclusions }: Maintenance,
  change: Change,
  nowMs: number,
): readonly (Exclusion & { readonly startMs: number; readonly endMs: number })[] {
  return exclusions
    .filter(({ scope }) => forbids(scope, change))
    .map((exclusion) => ({ ...exclusion, startMs: ms(exclusion.from), endMs: ms(exclusion.to) }))
    .filter(({ endMs }) => nowMs < endMs)
    .toSorted((one, other) => other.endMs - one.endMs);
}

/** What holds the change up now. What has begun goes on until the window closes, and then gives its nodes back. */
export function maintenanceHolds(maintenance: Maintenance, change: Change, nowMs: number): readonly Hold[] {
  return [...exclusionHolds(maintenance, change, nowMs), ...windowHolds(maintenance, nowMs)];
}

const HELD = { causes: ["upgrade"], letsUrgentPass: true } as const;

/** One that is about to begin leaves no room for another node. */
function exclusionHolds(maintenance: Maintenance, change: Change, nowMs: number): readonly Hold[] {
  const near = exclusionsOf(maintenance, change, nowMs).filter(({ startMs }) => startMs < nowMs + NODE_MS);
  const [last] = near;
  if (last === undefined) return [];
  const hasBegun = near.some(({ startMs }) => startMs <= nowMs);
  const waitsFor = `the end of exclusion ${last.name}, at ${new Date(last.endMs).toISOString()}`;
  const hold = { ...HELD, reason: "Excluded" as const, waitsFor, untilMs: last.endMs };
  return [{ ...hold, ...(hasBegun ? { givesBack: true } : { letsBegunPass: true }) }];
}

function windowHolds({ windows }: Maintenance, nowMs: number): readonly Hold[] {
  if (windows.length === 0) return [];
  const { open, next } = windowsAt(windows, nowMs);
  if (open !== undefined && nowMs + NODE_MS <= open.endMs) return [];
  const waitsFor = `the next maintenance window, ${showSpan(next)}`;
  const hold = { ...HELD, reason: "OutsideWindow" as const, waitsFor };
  const untilMs = next?.startMs ?? UNTIL_TOLD_MS;
  if (open === undefined) return [{ ...hold, untilMs, givesBack: true }];
  const minutes = Math.floor((open.endMs - nowMs) / 60_000);
  const why = `, for one more node takes ${NODE_MS / 60_000} minutes and this window has ${minutes} left`;
  return [{ ...hold, untilMs, waitsFor: waitsFor + why, letsBegunPass: true }];
}

/** `which opens Sat 2026-12-05 02:00 Europe/Amsterdam` */
function showSpan(span: Span | undefined): string {
  if (span === undefined) return "of which there is none any more: change spec.maintenance.windows";
  return `which opens ${showLocal(span.timezone, span.startMs)} (${new Date(span.startMs).toISOString()})`;
}

function forbids(scope: Exclusion["scope"], { nodes, minor }: Change): boolean {
  if (scope === "all") return true;
  return minor || (scope === "minor-and-nodes" && nodes);
}

/** An accepted spec holds moments alone. */
function ms(text: string): number {
  return momentMs(text) ?? Number.NaN;
}

/** Openings of one window that are not over yet: those around the moment, and at least the next. */
function spansOf(window: Window, nowMs: number): readonly Span[] {
  const { timezone } = window;
  const lengthMs = durationMs(window.duration);
  const key = JSON.stringify([window.start, timezone, window.duration, window.recurrence]);
  const known = kept.get(key);
  if (known !== undefined && holdsStill(known, nowMs)) return known.spans;
  const spans = localOpenings(window, nowMs - lengthMs - ZONE_MS, nowMs).map((localMs) => {
    const startMs = momentOfLocal(timezone, localMs);
    return { startMs, endMs: startMs + lengthMs, timezone };
  });
  if (kept.size >= KEPT_MAX) kept.clear();
  const nextMs = spans.at(-1)?.startMs ?? 0;
  // A rule that is over opens no more: finding that out again takes as long as it was in force.
  const untilMs = nextMs > nowMs ? nextMs : nowMs + OVER_KEPT_MS;
  kept.set(key, { sinceMs: nowMs, untilMs, spans });
  return spans;
}

/** Far within the time in which a next opening was looked for. */
const OVER_KEPT_MS = 24 * 3_600_000;
function holdsStill({ sinceMs, untilMs }: Found, nowMs: number): boolean {
  return sinceMs <= nowMs && nowMs < untilMs;
}

function localOpenings({ start, timezone, recurrence }: Window, fromMs: number, nowMs: number): number[] {
  const startMs = ms(start);
  if (recurrence === undefined) return [startMs];
  const offset = (utcMs: number) => offsetMs(timezone, utcMs);
  const toMs = nowMs + ZONE_MS;
  const around = openingsOf({ rule: recurrence, startMs, fromMs }, toMs, offset);
  const next = nextOpeningOf({ rule: recurrence, startMs, fromMs: toMs }, offset);
  return next === undefined ? [...around] : [...around, next];
}

/** In order; openings that touch or overlap are one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.startMs - other.startMs)) {
    const last = result.at(-1);
    if (last === undefined || span.startMs > last.endMs) result.push(span);
    else if (span.endMs > last.endMs) result[result.length - 1] = { ...last, endMs: span.endMs };
  }
  return result;
}
