/** Somebody who maintains clusters by command: asks, perhaps twice, and takes back in time what would stay. */
import type { Engine } from "../../../shared/engine/engine.ts";
import { operationRecordPath } from "../../../shared/engine/paths.ts";
import { submitCommand } from "../../../shared/engine/submit-command.ts";
import type { OperationRecord } from "../../../shared/status/cluster-status.ts";
import { readCommand } from "../../../shared/status/command.ts";
import { PROJECT } from "../../../simulation/world.ts";
import type { VirtualClock } from "../../../simulator/clock.ts";
import type { SimulatedCloud } from "../../../simulator/cloud.ts";
import { pick } from "../faults/room.ts";
import type { Asking } from "../scenario.ts";
import type { Trace } from "../trace.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const BY = "somebody";
const OPPOSITES: Partial<Readonly<Record<Asking["command"], Asking["command"]>>> = {
  cordon: "uncordon",
  drain: "uncordon",
  pause: "resume",
};
/** Commands about one node. */
export const NODE_COMMANDS = ["cordon", "drain", "uncordon", "restart", "rotate-machine", "repair"] as const;
const OF_NODES: ReadonlySet<string> = new Set(NODE_COMMANDS);

/** What a command is about. */
interface Target {
  readonly node?: string;
  readonly pool?: string;
}
interface Accepted {
  readonly uid: string;
  readonly operation: string;
}

export interface Maintainer {
  /** @param pools of the cluster, as its document names them */
  ask(cluster: string, asking: Asking, pools: readonly string[]): void;
  /** Pauses, for so many minutes. */
  pause(cluster: string, minutes: number, pool: string | undefined): void;
  /** What was asked of the cluster and has no end yet, as a clause; nothing when all has. */
  unanswered(cluster: string): Promise<string | undefined>;
}

export function createMaintainer(world: {
  readonly clock: VirtualClock;
  /** Its commits are seen. */
  readonly engine: Engine;
  readonly cloud: SimulatedCloud;
  readonly trace: Trace;
  uidOf(cluster: string): string | undefined;
  /** A repeat became another command (S10). */
  repeatedAnew(cluster: string, message: string): void;
}): Maintainer {
  const { clock, engine, cloud, trace } = world;
  const open = new Map<string, Accepted[]>();
  /** What somebody is about to ask for, by cluster. */
  const planned = new Map<string, number>();
  let sent = 0;

  const later = (cluster: string, delayMs: number, ask: () => void): void => {
    planned.set(cluster, (planned.get(cluster) ?? 0) + 1);
    clock.after(delayMs, () => {
      planned.set(cluster, (planned.get(cluster) ?? 1) - 1);
      ask();
    });
  };
  const send = async (cluster: string, body: object): Promise<Accepted | undefined> => {
    const read = readCommand({ ...body, cluster });
    if (!read.ok) throw new Error(`no command: ${JSON.stringify(read.errors)}`);
    const submitted = await submitCommand(engine, read.command, { by: BY });
    const end = submitted.verdict === "accepted" ? submitted.operation.id : submitted.message;
    trace.add("person", cluster, `asks for ${JSON.stringify(body)}: ${submitted.verdict}, ${end}`);
    if (submitted.verdict === "refused") return undefined;
    const { uid, id } = submitted.operation;
    const others = (open.get(cluster) ?? []).filter((one) => one.uid !== uid || one.operation !== id);
    const accepted = { uid, operation: id };
    open.set(cluster, [...others, accepted]);
    return accepted;
  };
  const sendTwice = (cluster: string, body: object, { againAfterSeconds, keyed }: Asking): void => {
    sent += 1;
    const whole = keyed === undefined ? body : { ...body, idempotencyKey: `simulated-${sent}` };
    const first = send(cluster, whole);
    if (againAfterSeconds === undefined) return;
    later(cluster, againAfterSeconds * SECOND_MS, async () => {
      const [one, other] = [await first, await send(cluster, whole)];
      if (keyed === undefined || one === undefined || other === undefined) return;
      if (one.uid === other.uid && one.operation !== other.operation)
        world.repeatedAnew(cluster, `${other.operation} repeats ${one.operation}, and is another command`);
    });
  };
  return {
    pause: (cluster, minutes, pool) =>
      void send(cluster, { command: "pause", value: `${minutes}m`, ...(pool === undefined ? {} : { pool }) }),
    ask: (cluster, asking, pools) => {
      const target = targetOf(cloud, world.uidOf(cluster), asking, pools);
      if (target === undefined) return;
      const nowMs = clock.nowMs();
      sendTwice(cluster, bodyOf(asking, target, nowMs), asking);
      const opposite = OPPOSITES[asking.command];
      const { notBeforeMinutes = 0, backAfterMinutes } = asking;
      if (opposite === undefined || backAfterMinutes === undefined) return;
      later(cluster, (notBeforeMinutes + backAfterMinutes) * MINUTE_MS, () => {
        void send(cluster, { command: opposite, ...target });
      });
    },
    unanswered: async (cluster) => {
      if ((planned.get(cluster) ?? 0) > 0) return "somebody is about to ask for something";
      const left: Accepted[] = [];
      for (const one of open.get(cluster) ?? []) {
        const path = operationRecordPath(cluster, one.uid, one.operation);
        const record = (await engine.store.get<OperationRecord>(path))?.data;
        if (record?.result === "running") left.push(one);
      }
      open.set(cluster, left);
      return left.length === 0 ? undefined : left.map(({ operation }) => operation).join(", ");
    },
  };
}

/** @returns nothing when there is nothing of the kind */
function targetOf(
  cloud: SimulatedCloud,
  uid: string | undefined,
  { command, which, of }: Asking,
  pools: readonly string[],
): Target | undefined {
  if (OF_NODES.has(command)) {
    const names = [...cloud.compute.machines(PROJECT)]
      .filter(({ labels }) => labels["clusterwright-uid"] === uid)
      .filter(({ labels }) => (labels["clusterwright-pool"] === undefined) === (of === "control-plane"))
      .map(({ name }) => name)
      .toSorted();
    const node = pick(names, which);
    return node === undefined ? undefined : { node };
  }
  if (of === undefined) return {};
  const pool = pick(pools, which);
  return pool === undefined ? undefined : { pool };
}

function bodyOf(
  { command, value, force, notBeforeMinutes, deadlineMinutes }: Asking,
  target: Target,
  nowMs: number,
): object {
  const at = (minutes: number) => new Date(nowMs + minutes * MINUTE_MS).toISOString();
  return {
    command,
    ...target,
    ...(value === undefined ? {} : { value }),
    ...(force === undefined ? {} : { force }),
    ...(notBeforeMinutes === undefined ? {} : { notBefore: at(notBeforeMinutes) }),
    ...(deadlineMinutes === undefined ? {} : { deadline: at((notBeforeMinutes ?? 0) + deadlineMinutes) }),
  };
}
