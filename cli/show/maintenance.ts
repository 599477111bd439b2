/** When a cluster may be disturbed, and what waits for it. Pure. */

import { showLocal } from "../../shared/nodes/local-time.ts";
import { exclusionsOf, type Span, windowsAt } from "../../shared/nodes/windows.ts";
import { familiesOf } from "../../shared/resources/gce/newer-images.ts";
import type { ClusterSpec } from "../../shared/spec/cluster.ts";
import { nextByItself } from "../../shared/spec/kubernetes-versions.ts";
import { validateCluster } from "../../shared/spec/validate.ts";
import type { ClusterView } from "../api-client.ts";
import { color } from "./color.ts";
import { span as length } from "./text.ts";

type Status = ClusterView["status"];

export interface MaintenanceSeen {
  /** Whether it has windows at all: without any, upgrades may happen at any time. */
  readonly windows: number;
  readonly open?: Span;
  readonly next?: Span;
  readonly exclusions: readonly {
    readonly name: string;
    readonly scope: string;
    readonly startMs: number;
    readonly endMs: number;
  }[];
  readonly pauses: NonNullable<NonNullable<Status>["care"]>["pauses"];
  readonly commands: NonNullable<NonNullable<Status>["care"]>["commands"];
  /** What it takes by itself as soon as it may, as noun phrases. */
  readonly takes: readonly string[];
  /** What the cluster says that it waits for; empty when it is up to date. */
  readonly waits: string;
}

export function maintenanceOf(spec: ClusterSpec, status: Status, nowMs: number): MaintenanceSeen {
  const { maintenance } = spec;
  const { pauses = [], commands = [] } = status?.care ?? {};
  const upToDate = status?.conditions.find(({ type }) => type === "UpToDate");
  return {
    windows: maintenance.windows.length,
    ...windowsAt(maintenance.windows, nowMs),
    exclusions: exclusionsOf(maintenance, { nodes: true, minor: true }, nowMs).map(
      ({ name, scope, startMs, endMs }) => ({ name, scope, startMs, endMs }),
    ),
    pauses,
    commands,
    takes: takenBy(spec, status, nowMs),
    waits: upToDate === undefined || upToDate.status === "True" ? "" : upToDate.message,
  };
}

/** Nothing while an upgrade is under way: that comes to its end first. */
function takenBy(spec: ClusterSpec, status: Status, nowMs: number): readonly string[] {
  if (status === undefined || status.pins.upgrade !== undefined) return [];
  const { pins, images } = status;
  const wish = spec.kubernetes.version;
  const version = nextByItself(wish, pins.kubernetesVersion, spec.maintenance.autoUpgrade, nowMs);
  const newer = familiesOf(spec).flatMap((os) => {
    const url = images?.newer[os];
    return url === undefined || url === pins.images[os] ? [] : [`image ${url.split("/").at(-1)} of ${os}`];
  });
  return [...(version === undefined ? [] : [`Kubernetes ${pins.kubernetesVersion} → ${version}`]), ...newer];
}

/** Of a cluster as the API gives it; nothing where its document is no spec, which `validate` tells. */
export function maintenanceIn({ id, spec, status }: ClusterView, nowMs: number): MaintenanceSeen | undefined {
  const validation = validateCluster(spec, { nowMs, name: id, sharedNetworkProjects: "any" });
  return validation.ok ? maintenanceOf(validation.spec, status, nowMs) : undefined;
}

/** What stands in the way of a disturbance: windows, exclusions, pauses. Nothing for a cluster that has none. */
export function heldUpLines(seen: MaintenanceSeen, nowMs: number): readonly string[] {
  const { windows, exclusions, pauses } = seen;
  const rows = [
    ...pauses.map((pause) => ["Paused", pauseOf(pause)]),
    ...(windows === 0
      ? []
      : [
          ["Window", windowOf(seen, nowMs)],
          ["Next", nextOf(seen, nowMs)],
        ]),
    ...exclusions.map((one) => ["Excluded", exclusionOf(one, nowMs)]),
  ];
  return rows.map(([title = "", text = ""]) => `  ${color.dim(title.padEnd(FACT_WIDTH))} ${text}\n`);
}

/** As the facts of `describe` have it. */
const FACT_WIDTH = 11;
const TITLE_WIDTH = 12;
export function maintenanceText(seen: MaintenanceSeen, nowMs: number): string {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["now", [nowOf(seen, nowMs)]],
    ["next", seen.windows === 0 ? [] : [nextOf(seen, nowMs)]],
    ["exclusions", seen.exclusions.map((one) => exclusionOf(one, nowMs))],
    ["paused", seen.pauses.map(pauseOf)],
    [
      "commands",
      seen.commands.map(
        ({ operation, begunMs }) =>
          `${operation} ${begunMs === undefined ? "waits for its turn" : "is under way"}`,
      ),
    ],
    ["takes", seen.takes.map((what) => `${what}, by itself (maintenance.autoUpgrade)`)],
    ["waits", seen.waits === "" ? [] : [seen.waits]],
  ];
  return rows
    .flatMap(([title, lines]) =>
      lines.map((line, index) => `${(index === 0 ? title : "").padEnd(TITLE_WIDTH)}${line}\n`),
    )
    .join("");
}

/** What holds upgrades up now; the first of it. */
function nowOf(seen: MaintenanceSeen, nowMs: number): string {
  const { exclusions, pauses } = seen;
  if (pauses.some(({ pool }) => pool === undefined))
    return `${color.yellow("paused")}: nothing is upgraded or repaired`;
  const excluded = exclusions.find(({ scope, startMs }) => scope === "all" && startMs <= nowMs);
  if (excluded !== undefined)
    return `${color.yellow("closed")}: upgrades wait for the end of exclusion ${excluded.name}`;
  return windowOf(seen, nowMs);
}
function windowOf({ windows, open }: MaintenanceSeen, nowMs: number): string {
  if (windows === 0)
    return `${color.green("open")}: the cluster has no maintenance windows, so upgrades may happen at any time`;
  if (open === undefined) return `${color.yellow("closed")}: upgrades wait`;
  return `${color.green("open")} until ${showLocal(open.timezone, open.endMs)}, ${length(open.endMs - nowMs)} more`;
}
function nextOf({ next }: MaintenanceSeen, nowMs: number): string {
  if (next === undefined) return "no window opens any more: change maintenance.windows";
  return `${showLocal(next.timezone, next.startMs)} for ${length(next.endMs - next.startMs)}, in ${length(next.startMs - nowMs)}`;
}
function exclusionOf(
  { name, scope, startMs, endMs }: MaintenanceSeen["exclusions"][number],
  nowMs: number,
): string {
  const when = startMs <= nowMs ? `${color.yellow("now")}, until` : `${time(startMs)} to`;
  return `${name} (${scope}): ${when} ${time(endMs)}`;
}
function pauseOf({ pool, by, reason, untilMs }: MaintenanceSeen["pauses"][number]): string {
  const what = pool === undefined ? "the cluster" : `pool ${pool}`;
  return `${what} by ${by} (${reason})${untilMs === undefined ? "" : `, until ${time(untilMs)}`}`;
}
function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
