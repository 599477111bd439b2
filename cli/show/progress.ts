/** How far a cluster is, group by group in a fixed order: what is done, what is waited for, and why. Pure. */
import type { InventoryLine } from "../../shared/status/cluster-status.ts";
import type { ClusterView } from "../api-client.ts";
import { color } from "./color.ts";
import { OTHER_GROUP, RESOURCE_GROUPS, wordsFor } from "./resource-words.ts";
import { clipped, counted, span, wrap } from "./text.ts";

type Status = NonNullable<ClusterView["status"]>;
type InventoryOf = Status["inventory"][number] & InventoryLine;

export interface GroupProgress {
  readonly title: string;
  readonly state: "open" | "working" | "done";
  /** `network`, `2 of 9 firewall rules`. */
  readonly parts: readonly { readonly text: string; readonly settled: boolean }[];
  /** What is waited for, and why; empty when nothing is. */
  readonly waits: string;
  /** A person must act. */
  readonly stuck: boolean;
}

const FRAMES = ["◐", "◓", "◑", "◒"] as const;
const FRAME_MS = 500;
const TITLE_WIDTH = 15;
/** Two spaces, the mark, a space, the title, a space. */
const INDENT = " ".repeat(TITLE_WIDTH + 5);
/** A group's reasons take at most this many lines of a terminal; `describe` has the whole. */
const WAIT_LINES_MAX = 3;
/** Reasons that say that things go their way; any other one is trouble. */
const CALM_REASONS: ReadonlySet<string> = new Set(["Waiting", "Working", "AsDeclared", "Deleting"]);

export function groupsOf(status: Status): readonly GroupProgress[] {
  const known = new Set(RESOURCE_GROUPS.flatMap(({ kinds }) => Object.keys(kinds)));
  const others = status.inventory.filter(({ kind }) => !known.has(kind));
  const groups = RESOURCE_GROUPS.map(({ title, condition, kinds }) => {
    const lines = Object.keys(kinds).flatMap((kind) => status.inventory.filter((line) => line.kind === kind));
    const verdict = status.conditions.find(({ type }) => type === condition);
    return groupOf(title, lines, status, verdict);
  });
  const shown = others.filter((line) => !UNCOUNTED.has(line.kind) && line.desired + line.observed > 0);
  const rest = shown.length === 0 ? [] : [groupOf(OTHER_GROUP, shown, status, undefined)];
  return [...groups, ...rest].filter((group) => group !== undefined);
}

function groupOf(
  title: string,
  lines: readonly InventoryOf[],
  status: Status,
  verdict: Status["conditions"][number] | undefined,
): GroupProgress | undefined {
  if (lines.length === 0) return undefined;
  const parts = lines.flatMap((line) => partOf(line, status));
  // Right after the request, all is as it was: settled, and still there.
  const settled = lines.every((line) => line.settled && !(status.deleting && line.observed > 0));
  const begun = lines.some((line) => line.observed > 0);
  const stuck = verdict !== undefined && verdict.status !== "True" && !CALM_REASONS.has(verdict.reason);
  const quiet = settled || verdict === undefined || verdict.status === "True" || (status.deleting && !stuck);
  return {
    title,
    state: settled && !stuck ? "done" : begun ? "working" : "open",
    parts,
    waits: quiet && !stuck ? "" : plainWords(verdict?.message ?? ""),
    stuck,
  };
}

/** `missing: a; missing: b; and 3 more.` → `Still missing: a; b; and 3 more.` */
function plainWords(message: string): string {
  const [first = "", ...rest] = message.split("; missing: ");
  const opened = first.replace(/^missing: /, "Still missing: ");
  const listed = opened.startsWith("Still missing: ") || rest.length === 0;
  return listed ? [opened, ...rest].join("; ") : `${opened}; still missing: ${rest.join("; ")}`;
}

function partOf(line: InventoryOf, status: Status): GroupProgress["parts"] {
  const { kind, settled } = line;
  const [one, many] = wordsFor(kind);
  if (status.deleting) {
    return line.observed === 0 ? [] : [{ text: `${counted(line.observed, one, many)} left`, settled }];
  }
  if (UNCOUNTED.has(kind)) return [];
  // Of nodes the inventory counts groups; people want the machines that are Ready.
  if (kind === "nodes") {
    return [{ text: readyNodes(status), settled }];
  }
  if (line.desired === 0) return [];
  if (!settled && line.observed < line.desired)
    return [{ text: `${line.observed} of ${counted(line.desired, one, many)}`, settled }];
  const text = line.desired === 1 ? one : counted(line.desired, one, many);
  return [{ text: settled ? text : `${text}…`, settled }];
}

/** Kinds that look after other things instead of being things: what they do is told as what the cluster waits for. */
const UNCOUNTED: ReadonlySet<string> = new Set([
  "node-care",
  "workload-leftovers",
  "kubernetes-version",
  "control-plane-care",
  "silent-api",
]);

/**
 * What a cluster that was Ready waits for until it is as its document says: the groups of resources may all be there
 * while machines are replaced one after another.
 */
export function standing({ status }: ClusterView): string | undefined {
  if (status === undefined || status.readyGeneration === 0 || status.deleting) return undefined;
  const upToDate = status.conditions.find(({ type }) => type === "UpToDate");
  return upToDate === undefined || upToDate.status === "True" || upToDate.message === ""
    ? undefined
    : upToDate.message;
}

/** For a terminal: rewritten in place. `note` is what is waited for besides. */
export function progressLines(
  cluster: ClusterView,
  elapsedMs: number,
  width: number,
  note?: string,
): readonly string[] {
  const { status } = cluster;
  const took = color.dim(span(elapsedMs));
  const noted = note === undefined ? [] : wrap(note, width - 4).map((line) => `  ${color.yellow(line)}`);
  if (status === undefined)
    return [
      `${color.bold(cluster.id)}  ${took}`,
      color.dim("  the control plane has not taken it in yet"),
      ...noted,
    ];
  const endpoint = status.endpoint === undefined ? "" : `  ${color.dim(status.endpoint)}`;
  const head = `${color.bold(cluster.id)}  ${phaseColor(status.phase)}  ${took}${endpoint}`;
  const frame = FRAMES[Math.floor(elapsedMs / FRAME_MS) % FRAMES.length] ?? FRAMES[0];
  return [
    head,
    ...refusal(status).flatMap((text) => wrap(text, width - 4).map((line) => `  ${color.red(line)}`)),
    ...groupsOf(status).flatMap((group) => groupLines(group, frame, width)),
    ...noted,
  ];
}

function groupLines(group: GroupProgress, frame: string, width: number): readonly string[] {
  const room = width - INDENT.length - 2;
  const mark = markOf(group, frame);
  const title = group.title.padEnd(TITLE_WIDTH);
  const texts = shownParts(group).map(({ text }) => text);
  const [first = color.dim(group.state === "done" ? "nothing left" : "not begun"), ...more] = wrap(
    texts.join(", "),
    room,
  ).map((line) => (group.state === "done" ? color.dim(line) : line));
  const tint = group.stuck ? color.red : color.yellow;
  const told = group.state === "open" && !group.stuck ? "" : group.waits;
  const waits = clipped(wrap(told, room), WAIT_LINES_MAX).map((line) => `${INDENT}${tint(line)}`);
  return [`  ${mark} ${title} ${first}`, ...more.map((line) => `${INDENT}${line}`), ...waits];
}

/** While a group is worked on, what is done in it is of no interest. */
function shownParts({ state, parts }: GroupProgress): GroupProgress["parts"] {
  const open = parts.filter(({ settled }) => !settled);
  return state === "done" || open.length === 0 ? parts : open;
}

function markOf({ state, stuck }: GroupProgress, frame: string): string {
  if (stuck) return color.red("✗");
  if (state === "done") return color.green("✓");
  return state === "working" ? color.cyan(frame) : color.dim("○");
}

/** A spec that was not taken over: the one before stays in force. */
function refusal(status: Status): readonly string[] {
  const accepted = status.conditions.find(({ type }) => type === "SpecAccepted");
  return accepted?.status === "False" ? [`The spec is refused: ${accepted.message}`] : [];
}

/** What was printed of a progress that is told line by line. */
export interface Told {
  readonly done: readonly string[];
  /** By group: when its waits were told last. */
  readonly waits: Readonly<Record<string, { readonly atMs: number; readonly text: string }>>;
  readonly note?: string;
}
export const NOTHING_TOLD: Told = { done: [], waits: {} };

/** Of a cluster that was Ready before, what has long been there is no news. */
export function toldBefore({ status }: ClusterView): Told {
  if (status === undefined || status.readyGeneration === 0 || status.deleting) return NOTHING_TOLD;
  const done = groupsOf(status).filter(({ state }) => state === "done");
  return { done: done.map(({ title }) => title.toLowerCase()), waits: {} };
}
/** In a log, what a group waits for is told once in this time. */
const TELL_AGAIN_MS = 15_000;

/** For a file, a pipe or a CI log: each thing once, as it happens. */
export function tellProgress(
  cluster: ClusterView,
  elapsedMs: number,
  told: Told,
  note?: string,
): { readonly lines: readonly string[]; readonly told: Told } {
  const { status } = cluster;
  const lines: string[] = [];
  const done = new Set(told.done);
  const waits = { ...told.waits };
  const at = `[${span(elapsedMs)}]`.padEnd(7);
  const say = (mark: string, what: string): void => void lines.push(`${at} ${mark} ${cluster.id}: ${what}`);
  const noted = note === undefined ? {} : { note };
  if (note !== undefined && note !== told.note) say("…", note);
  if (status === undefined) return { lines, told: { ...told, ...noted } };
  for (const text of refusal(status)) if (!done.has(text) && done.add(text)) say("✗", text);
  for (const group of groupsOf(status)) {
    const title = group.title.toLowerCase();
    const parts = group.parts.map(({ text }) => text).join(", ");
    if (group.state === "done") {
      if (!done.has(title) && done.add(title)) say("✓", `${title}: ${parts === "" ? "nothing left" : parts}`);
      continue;
    }
    done.delete(title);
    const last = waits[title];
    const due = last === undefined || elapsedMs - last.atMs >= TELL_AGAIN_MS;
    if (group.waits === "" || group.state === "open" || last?.text === group.waits || !due) continue;
    waits[title] = { atMs: elapsedMs, text: group.waits };
    say(group.stuck ? "✗" : "…", `${title}: ${shortened(group.waits)}`);
  }
  return { lines, told: { done: [...done], waits, ...noted } };
}

/** Longest reason of a line in a log. */
const TOLD_MAX = 240;
function shortened(text: string): string {
  return text.length <= TOLD_MAX ? text : `${text.slice(0, TOLD_MAX).replace(/[^ ]*$/, "")}…`;
}

/** While machines are replaced there are more of them than wanted. */
export function readyNodes({ nodes: { ready, desired } }: Pick<Status, "nodes">): string {
  return ready > desired
    ? `${counted(ready, "node")} ready, ${desired} wanted`
    : `${ready} of ${counted(desired, "node")} ready`;
}

/** The last line: what there is now. */
export function summary(cluster: ClusterView): string {
  const { status } = cluster;
  if (status === undefined) return "";
  const facts = [`Kubernetes ${status.pins.kubernetesVersion}`, readyNodes(status)];
  return [...facts, ...(status.endpoint === undefined ? [] : [status.endpoint])].join(", ");
}

export function phaseColor(phase: string): string {
  if (phase === "Ready") return color.green(phase);
  if (phase === "Blocked" || phase === "Failed" || phase === "Degraded") return color.red(phase);
  return color.cyan(phase);
}
