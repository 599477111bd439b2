/** One cluster on one screen. Pure. */
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import { isFine } from "../../shared/status/condition.ts";
import type { DisruptionRecord } from "../../shared/status/disruption.ts";
import { runbookOf } from "../../shared/status/reasons.ts";
import type { ClusterView } from "../api-client.ts";
import { color } from "./color.ts";
import { disruptionLines } from "./disruptions.ts";
import { eventLines, shortKey } from "./events.ts";
import { heldUpLines, type MaintenanceSeen } from "./maintenance.ts";
import { groupsOf, phaseColor, readyNodes } from "./progress.ts";
import { columns } from "./table.ts";
import { age, counted, span, wrap } from "./text.ts";

type Status = NonNullable<ClusterView["status"]>;

const INDENT = "      ";

/** What there is to know of a cluster. */
export interface ClusterSeen {
  readonly cluster: ClusterView;
  readonly events: readonly EventRecord[];
  /** Nodes that are out of service now. */
  readonly disruptions: readonly DisruptionRecord[];
  /** Absent where the document is no spec. */
  readonly maintenance: MaintenanceSeen | undefined;
}

export function describeCluster(
  { cluster, events, disruptions, maintenance }: ClusterSeen,
  nowMs: number,
  width: number,
): string {
  const { status } = cluster;
  if (status === undefined) return `${color.bold(cluster.id)}: the control plane has not taken it in yet\n`;
  const sections = [
    `${color.bold(cluster.id)}\n${factLines(status, nowMs)}`,
    section("Conditions", conditionLines(status, nowMs, width)),
    section("Resources", resourceLines(status, width)),
    section("Maintenance", maintenance === undefined ? "" : heldUpLines(maintenance, nowMs).join("")),
    section("Out of service", disruptionLines(disruptions, nowMs, width)),
    section("Under way", flightLines(status, nowMs)),
    section("Failures", failureLines(status, nowMs, width)),
    section("Last events", lastEvents(events, nowMs)),
  ];
  return sections.filter((text) => text !== "").join("\n");
}

function section(title: string, text: string): string {
  return text === "" ? "" : `${color.bold(title)}\n${text}`;
}

function factLines(status: Status, nowMs: number): string {
  const pending = status.generation > status.readyGeneration;
  const facts: readonly (readonly [string, string])[] = [
    ["Phase", phaseColor(status.phase)],
    ["Kubernetes", status.pins.kubernetesVersion],
    ["Nodes", readyNodes(status).replace(/ nodes?/, "")],
    ["Endpoint", status.endpoint ?? "none yet"],
    ["Uid", `${status.uid} ${color.dim("(part of the name of everything that it owns)")}`],
    ["Generation", `${status.generation}${pending ? `, ${lastReady(status)}` : ""}`],
    ["Next look", nextLook(status.wakeAtMs, nowMs)],
  ];
  return facts.map(([name, value]) => `  ${color.dim(name.padEnd(11))} ${value}\n`).join("");
}

function lastReady({ readyGeneration }: Status): string {
  return readyGeneration === 0 ? "none was Ready yet" : `the last that was Ready is ${readyGeneration}`;
}

function nextLook(wakeAtMs: number | null, nowMs: number): string {
  if (wakeAtMs === null) return "when something happens";
  return wakeAtMs <= nowMs ? "now" : `in ${span(wakeAtMs - nowMs)}`;
}

function conditionLines(status: Status, nowMs: number, width: number): string {
  const titles = Math.max(...status.conditions.map(({ type }) => type.length));
  return status.conditions
    .map((condition) => {
      const { type, status: holds, reason, message, lastTransitionTime } = condition;
      const fine = isFine(condition);
      const mark = fine ? color.green("✓") : holds === "Unknown" ? color.yellow("?") : color.yellow("✗");
      // "✓ Repairing" alone reads as if something were repaired.
      const no = fine && holds === "False" ? "no, " : "";
      const since = color.dim(`${no}since ${age(lastTransitionTime, nowMs)}`);
      const why = fine ? "" : `  ${reason}`;
      const told = wrap(message, width - INDENT.length).map((line) => `${INDENT}${line}\n`);
      const page = fine ? undefined : runbookOf(reason);
      const help = page === undefined ? "" : `${INDENT}${color.dim(page)}\n`;
      return `  ${mark} ${type.padEnd(titles)}  ${since}${why}\n${told.join("")}${help}`;
    })
    .join("");
}

function resourceLines(status: Status, width: number): string {
  return groupsOf(status)
    .map(({ title, parts, state }) => {
      const mark = state === "done" ? color.green("✓") : color.yellow("…");
      const texts = parts.length === 0 ? "none" : parts.map(({ text }) => text).join(", ");
      const [first = "", ...more] = wrap(texts, width - 20);
      const rest = more.map((line) => `${" ".repeat(19)}${line}\n`);
      return `  ${mark} ${title.padEnd(14)} ${first}\n${rest.join("")}`;
    })
    .join("");
}

function flightLines(status: Status, nowMs: number): string {
  if (status.inFlight.length === 0) return "";
  const rows = status.inFlight.map(({ verb, key, startedMs, reason }) => [
    `  ${verb.split(".").at(-1) ?? verb}`,
    shortKey(key),
    age(startedMs, nowMs),
    reason,
  ]);
  return columns(["  WHAT", "RESOURCE", "FOR", "WHY"], rows);
}

function failureLines(status: Status, nowMs: number, width: number): string {
  return status.failures
    .map(({ key, message, code, count, retryAtMs }) => {
      const next = retryAtMs <= nowMs ? "next try now" : `next try in ${span(retryAtMs - nowMs)}`;
      const told = wrap(message, width - INDENT.length).map((line) => `${INDENT}${line}\n`);
      return `  ${color.red("!")} ${shortKey(key)}: ${code}, ${counted(count, "time")}, ${next}\n${told.join("")}`;
    })
    .join("");
}

/** A pass may have done fifty things. */
const EVENT_LINES_MAX = 10;
function lastEvents(events: readonly EventRecord[], nowMs: number): string {
  const lines = [...events].reverse().flatMap((event) => eventLines(event, nowMs).split("\n").slice(0, -1));
  return lines
    .slice(-EVENT_LINES_MAX)
    .map((line) => `  ${line}\n`)
    .join("");
}
