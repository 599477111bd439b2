/** Draws a scenario from a seed: what people declare (a workload), and what goes wrong when. */
import type { Chance } from "../../../shared/ports/chance.ts";
import { between, pick } from "../faults/room.ts";
import { FAULT_KINDS } from "../faults/table.ts";
import { chanceOf } from "../plane.ts";
import {
  type Edit,
  type Fault,
  type FaultGroup,
  INVALID_EDITS,
  type Scenario,
  type Step,
} from "../scenario.ts";
import { drawCommands } from "./draw-commands.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Without --days: long enough for a create, several edits and a delete. */
export const BUSY_MS_DEFAULT = 2 * HOUR_MS;

export interface Wishes {
  readonly seed: number;
  readonly clusters: number;
  readonly busyMs: number;
  readonly groups: readonly FaultGroup[];
  readonly workload: Workload;
}
export const WORKLOADS = ["mixed", "create", "resize", "pools", "idle", "upgrade"] as const;
/**
 * create: nothing but a creation. resize: sizes only. pools: pools that come, change and go. idle: a creation, then days of
 * nothing. upgrade: Kubernetes goes from 1.35 to 1.37, in one wish or in two, and control planes and pools
 * change their machines and strategies, beside sizes, workloads, pauses, freezes and a limit over all pools. mixed: all of it, with edits that are refused, and deletions, some in the middle of a creation.
 */
export type Workload = (typeof WORKLOADS)[number];

const STREAM = 11;
/** Edits of one cluster, and faults, in the first hours; later they are rarer, so that days stay affordable. */
const EDIT_EVERY_MS = 15 * MINUTE_MS;
const FAULT_EVERY_MS = 6 * MINUTE_MS;
const DENSE_MS = 4 * HOUR_MS;
/** Commands of one cluster. */
const COMMAND_EVERY_MS = 25 * MINUTE_MS;
const LATER_EVERY_MS = 3 * HOUR_MS;
/** Of a hundred clusters. */
const HIGHLY_AVAILABLE_PERCENT = 12;
/** Most of what can go wrong in an upgrade does with three members. */
const UPGRADED_PERCENT: Partial<Readonly<Record<Workload, number>>> = { upgrade: 60 };
const DELETED_PERCENT = 35;
const DELETED_EARLY_PERCENT = 10;

export function generate(wishes: Wishes): Scenario {
  const chance = chanceOf(wishes.seed, STREAM);
  const clusters = Array.from({ length: wishes.clusters }, (_, index) => `c${index}`);
  // A stream of their own: an edit that is drawn otherwise changes no command.
  const commands = chanceOf(wishes.seed, STREAM + 2);
  const steps = clusters.flatMap((cluster) => withCommands(commands, life(chance, cluster, wishes), wishes));
  steps.sort((one, other) => one.atMs - other.atMs);
  const { seed, busyMs } = wishes;
  return { seed, clusters, busyMs, steps, faults: faults(chanceOf(seed, STREAM + 1), wishes) };
}

function life(chance: Chance, cluster: string, { busyMs, workload }: Wishes): readonly Step[] {
  const draw = (least: number, most: number) => between(least, most, chance.fraction());
  const percent = () => chance.fraction() * 100;
  const createMs = draw(0, 3 * MINUTE_MS);
  const replicas = percent() < (UPGRADED_PERCENT[workload] ?? HIGHLY_AVAILABLE_PERCENT) ? 3 : 1;
  const version = workload === "upgrade" ? { version: "1.35" } : {};
  const steps: Step[] = [{ atMs: createMs, cluster, change: { edit: "create", replicas, ...version } }];
  if (workload === "create" || workload === "idle") return steps;
  for (let atMs = createMs; ; ) {
    atMs += draw(MINUTE_MS, 2 * (atMs < DENSE_MS ? EDIT_EVERY_MS : LATER_EVERY_MS));
    if (atMs >= busyMs) break;
    steps.push({ atMs, cluster, change: drawEdit(chance, workload) });
  }
  if ((workload !== "mixed" && workload !== "upgrade") || percent() >= DELETED_PERCENT) return steps;
  const early = percent() < DELETED_EARLY_PERCENT * (100 / DELETED_PERCENT);
  const deleteMs = early ? createMs + draw(0, 6 * MINUTE_MS) : draw(busyMs / 2, busyMs);
  const kept = steps.filter(({ atMs }) => atMs < deleteMs);
  return [...kept, { atMs: deleteMs, cluster, change: { edit: "delete" } }];
}

const COMMANDED: readonly Workload[] = ["mixed", "upgrade"];

/** Until its deletion is asked for. */
function withCommands(chance: Chance, steps: readonly Step[], { workload, busyMs }: Wishes): readonly Step[] {
  const [first] = steps;
  if (first === undefined || !COMMANDED.includes(workload)) return steps;
  const { cluster, atMs: createMs } = first;
  const endMs = steps.find(({ change }) => change.edit === "delete")?.atMs ?? busyMs;
  const everyMs = (atMs: number) => (atMs < DENSE_MS ? COMMAND_EVERY_MS : LATER_EVERY_MS);
  const drawn = drawCommands(chance, createMs, busyMs, everyMs)
    .filter(([atMs]) => atMs < endMs)
    .map(([atMs, change]) => ({ atMs, cluster, change }));
  return [...steps, ...drawn];
}

const POOL_NAMES = ["extra", "more", "spare"] as const;
const MACHINE_TYPES = ["e2-standard-4", "n2-standard-2", "e2-standard-2"] as const;
const SYSTEMS = ["ubuntu-24.04", "debian-12", "flatcar"] as const;
const SIZE_MAX = 4;

function drawEdit(chance: Chance, workload: Workload): Edit {
  const pool = between(0, 3, chance.fraction());
  const [kind, value] = [chance.fraction(), chance.fraction()];
  const size = between(0, SIZE_MAX, value);
  const resize = { edit: "resize", pool, size } as const;
  if (workload === "resize") return resize;
  if (workload === "upgrade") return upgradeEdit(kind, value, pool, resize);
  const edits: readonly Edit[] = [
    resize,
    { edit: "add-pool", name: pick(POOL_NAMES, value) ?? "extra", size: 1 },
    { edit: "remove-pool", pool },
    { edit: "machine-type", pool, machineType: pick(MACHINE_TYPES, value) ?? "e2-standard-2" },
    { edit: "deploy", replicas: 1 + size },
    { edit: "label", pool, value: pick(["front", "back"], value) ?? "front" },
  ];
  if (workload === "pools") return pick(edits.slice(1), kind) ?? resize;
  const more: readonly Edit[] = [
    ...edits,
    resize,
    { edit: "os", pool, os: pick(SYSTEMS, value) ?? "flatcar" },
    { edit: "strategy", pool, strategy: pick(["surge", "blue-green"] as const, value) ?? "surge" },
    { edit: "invalid", how: pick(INVALID_EDITS, value) ?? "unknown-field" },
  ];
  return pick(more, kind) ?? resize;
}

function upgradeEdit(kind: number, value: number, pool: number, resize: Edit): Edit {
  const edits: readonly Edit[] = [
    { edit: "version", version: "1.37" },
    { edit: "version", version: "1.36" },
    { edit: "version", version: "1.36" },
    { edit: "members", machineType: pick(MEMBER_TYPES, value) ?? "e2-standard-4" },
    { edit: "strategy", pool, strategy: pick(["surge", "blue-green"] as const, value) ?? "surge" },
    { edit: "machine-type", pool, machineType: pick(MACHINE_TYPES, value) ?? "e2-standard-2" },
    { edit: "limit", most: 1 + between(0, 1, value) },
    { edit: "freeze", minutes: between(5, 30, value) },
    { edit: "pause", minutes: between(5, 20, value) },
    { edit: "pause", pool: "general", minutes: between(5, 20, value) },
    { edit: "deploy", replicas: 1 + between(0, SIZE_MAX, value) },
    resize,
  ];
  return pick(edits, kind) ?? resize;
}
const MEMBER_TYPES = ["e2-standard-4", "e2-standard-8"] as const;

function faults(chance: Chance, { busyMs, groups }: Wishes): readonly Fault[] {
  const kinds = groups.flatMap((group) => Object.keys(FAULT_KINDS[group]).map((kind) => ({ group, kind })));
  const drawn: Fault[] = [];
  for (let atMs = 0; kinds.length > 0; ) {
    const everyMs = atMs < DENSE_MS ? FAULT_EVERY_MS : LATER_EVERY_MS;
    atMs += between(1_000, 2 * everyMs, chance.fraction());
    if (atMs >= busyMs) break;
    const kind = pick(kinds, chance.fraction());
    if (kind === undefined) break;
    drawn.push({ atMs, ...kind, which: chance.fraction(), amount: chance.fraction() });
  }
  return drawn;
}
