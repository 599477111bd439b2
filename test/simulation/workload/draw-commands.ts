/** Draws what people do beside their edits: now and then a command, and a workload that the upgrades of a pool ask. */
import type { Chance } from "../../../shared/ports/chance.ts";
import { between, pick } from "../faults/room.ts";
import type { Asking, Edit } from "../scenario.ts";
import { NODE_COMMANDS } from "./maintainer.ts";

const MINUTE_MS = 60_000;
const SIZE_MAX = 4;
/** Of a hundred commands. */
const CONTROL_PLANE_PERCENT = 25;
const KEYED_PERCENT = 40;
const DOUBLED_PERCENT = 25;
const NOT_BEFORE_PERCENT = 15;
const DEADLINE_PERCENT = 20;
/** Of a hundred clusters. */
const PROBED_PERCENT = 20;
const BROKEN_PERCENT = 50;

/** An edit and when it is made, after the beginning. */
export type Timed = readonly [atMs: number, edit: Edit];
type Kind = Pick<Asking, "command" | "of" | "force"> & { readonly back?: true; readonly timed?: true };

/** Each as often as it stands here. */
const KINDS: readonly Kind[] = [
  { command: "cordon", of: "pool", back: true },
  { command: "cordon", of: "pool", back: true },
  { command: "drain", of: "pool", back: true },
  { command: "drain", of: "pool", back: true },
  { command: "drain", of: "pool", back: true },
  { command: "uncordon", of: "pool" },
  { command: "restart", of: "pool" },
  { command: "restart", of: "pool" },
  { command: "rotate-machine", of: "pool" },
  { command: "rotate-machine", of: "pool" },
  { command: "repair", of: "pool" },
  { command: "repair", of: "pool", force: true },
  { command: "pause", timed: true },
  { command: "pause", back: true },
  { command: "pause", of: "pool", timed: true },
  { command: "pause", of: "pool", back: true },
  { command: "resume" },
  { command: "resume", of: "pool" },
  { command: "resize", of: "pool" },
  { command: "resize", of: "pool" },
  { command: "backup" },
  { command: "verify" },
];
/** A cluster of one machine survives these as well, without an API for a while. */
const OF_CONTROL_PLANE: readonly Kind["command"][] = NODE_COMMANDS;

/** @param everyMs between two commands, about */
export function drawCommands(
  chance: Chance,
  fromMs: number,
  busyMs: number,
  everyMs: (atMs: number) => number,
): readonly Timed[] {
  const timed: Timed[] = [];
  for (let atMs = fromMs; ; ) {
    atMs += between(MINUTE_MS, 2 * everyMs(atMs), chance.fraction());
    if (atMs >= busyMs) return [...timed, ...drawProbe(chance, fromMs, busyMs)];
    timed.push([atMs, { edit: "command", asking: drawAsking(chance) }]);
  }
}

function drawAsking(chance: Chance): Asking {
  const percent = () => chance.fraction() * 100;
  const drawn = pick(KINDS, chance.fraction()) ?? { command: "verify" as const };
  const { command, of, force, back, timed } = drawn;
  const isOfMember = OF_CONTROL_PLANE.includes(command) && percent() < CONTROL_PLANE_PERCENT;
  const [which, amount] = [chance.fraction(), chance.fraction()];
  const isKeyed = percent() < KEYED_PERCENT;
  const isDoubled = percent() < DOUBLED_PERCENT;
  const isLater = percent() < NOT_BEFORE_PERCENT;
  const hasDeadline = percent() < DEADLINE_PERCENT;
  const place = isOfMember ? ("control-plane" as const) : of;
  return {
    command,
    which,
    ...(place === undefined ? {} : { of: place }),
    ...(force === undefined ? {} : { force }),
    ...(command === "resize" ? { value: String(between(0, SIZE_MAX, amount)) } : {}),
    ...(timed === undefined ? {} : { value: `${between(3, 20, amount)}m` }),
    ...(back === undefined ? {} : { backAfterMinutes: between(2, 20, amount) }),
    ...(isKeyed ? { keyed: true } : {}),
    ...(isDoubled ? { againAfterSeconds: between(0, 60, chance.fraction()) } : {}),
    ...(isLater ? { notBeforeMinutes: between(1, 12, chance.fraction()) } : {}),
    ...(hasDeadline ? { deadlineMinutes: between(1, 30, chance.fraction()) } : {}),
  };
}

/** First there is the workload, then it is asked; maybe it breaks for a while. */
function drawProbe(chance: Chance, fromMs: number, busyMs: number): readonly Timed[] {
  const [isProbed, isBroken] = [PROBED_PERCENT, BROKEN_PERCENT].map((most) => chance.fraction() * 100 < most);
  const pool = between(0, 3, chance.fraction());
  const replicas = between(1, SIZE_MAX, chance.fraction());
  const atMs = between(
    fromMs + 6 * MINUTE_MS,
    Math.max(fromMs + 6 * MINUTE_MS, busyMs / 2),
    chance.fraction(),
  );
  const breaksMs = atMs + between(2 * MINUTE_MS, 30 * MINUTE_MS, chance.fraction());
  const mendedMs = breaksMs + between(MINUTE_MS, 15 * MINUTE_MS, chance.fraction());
  if (isProbed !== true) return [];
  const probed: readonly Timed[] = [
    [atMs, { edit: "deploy", replicas }],
    [atMs + MINUTE_MS, { edit: "probe", pool }],
  ];
  if (isBroken !== true) return probed;
  return [
    ...probed,
    [breaksMs, { edit: "break-workload", broken: true }],
    [mendedMs, { edit: "break-workload", broken: false }],
  ];
}
