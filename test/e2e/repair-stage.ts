/** The stage of repairs: a running pool, machines that hang or lose their host, incidents, and a record of what is done. */

import { inboxPath } from "../../shared/engine/paths.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import { EMPTY_INBOX, type Inbox, type Incident } from "../../shared/status/inbox.ts";
import type { Machine } from "../../simulator/compute/machine.ts";
import type { Kubelet } from "../../simulator/kubernetes/kubelet.ts";
import { PROJECT } from "../support/running-cluster.ts";
import { ID, isServing, lines, nodesOf, type Stage, stage } from "./rollout-stage.ts";

const MINUTE_MS = 60_000;
/** As the scheduler runs it. */
const SWEEP_EVERY_MS = 5 * MINUTE_MS;
const STEP_MS = 5_000;

export interface RepairStage extends Stage {
  /** Names of the pool's machines, sorted. */
  names(): readonly string[];
  machine(name: string): Machine;
  kubelet(name: string): Kubelet;
  /** Puts an incident into the inbox, and delivers it. */
  tell(incident: Partial<Incident> & Pick<Incident, "kind" | "machine">): Promise<void>;
  /** Lets time pass, with sweeps, and looks at each step. */
  pass(minutes: number, look?: () => Promise<void> | void): Promise<void>;
  /** Until it is so. @throws after so many minutes */
  until(minutes: number, done: () => Promise<boolean> | boolean): Promise<void>;
  /** `verb name` of every event line since the stage was set that takes, restarts or replaces something. */
  deeds(): Promise<readonly string[]>;
}

const DEEDS = new Set([
  "instances.reset",
  "instances.stop",
  "instanceGroupManagers.deleteInstances",
  "instanceGroupManagers.resize",
  "cordon",
  "uncordon",
  "delete",
  "insert",
]);

export async function repairStage(changes: object = {}): Promise<RepairStage> {
  const on = await stage(changes);
  const { plane, cluster } = on;
  const { clock, cloud } = plane;
  let sinceSweepMs = 0;
  const begun = (await lines(on)).length;
  const machine = (name: string): Machine => {
    const found = [...cloud.compute.machines(PROJECT)].find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no machine ${name}`);
    return found;
  };
  const step = async () => {
    await clock.advance(STEP_MS);
    sinceSweepMs += STEP_MS;
    if (sinceSweepMs < SWEEP_EVERY_MS) return;
    sinceSweepMs = 0;
    await sweep(plane.engine);
  };
  let told = 0;
  return {
    ...on,
    names: () =>
      cluster
        .machinesOf("general")
        .map(({ name }) => String(name))
        .toSorted(),
    machine,
    kubelet: (name) => {
      const found = cloud.guests.clusterOf(machine(name))?.kubelet(name);
      if (found === undefined) throw new Error(`${name} is no node`);
      return found;
    },
    tell: async (incident) => {
      told += 1;
      const nowMs = clock.nowMs();
      const row = [...cloud.compute.machines(PROJECT)].find(({ path }) => path === incident.machine);
      const whole: Incident = {
        id: `incident-${told}`,
        method: "compute.instances.test",
        instanceId: String(row?.id ?? ""),
        atMs: nowMs,
        receivedMs: nowMs,
        message: "told by the test",
        ...incident,
      };
      await plane.engine.store.transact(async (transaction) => {
        const before = await transaction.get<Inbox>(inboxPath(ID));
        const { incidents, ...rest } = before?.data ?? EMPTY_INBOX;
        transaction.set(inboxPath(ID), { ...rest, incidents: [...incidents, whole] });
      });
      await plane.pass(ID, "incident");
    },
    pass: async (minutes, look) => {
      const endMs = clock.nowMs() + minutes * MINUTE_MS;
      while (clock.nowMs() < endMs) {
        await step();
        await look?.();
      }
    },
    until: async (minutes, done) => {
      const endMs = clock.nowMs() + minutes * MINUTE_MS;
      while (!(await done())) {
        if (clock.nowMs() > endMs) {
          const { conditions, care } = await cluster.status();
          throw new Error(
            `not so after ${minutes} minutes: ${JSON.stringify({ conditions, care }, null, 1)}`,
          );
        }
        await step();
      }
    },
    deeds: async () =>
      (await lines(on))
        .slice(begun)
        .filter(({ verb }) => DEEDS.has(verb))
        .map(({ verb, key }) => `${verb} ${key.split("/").at(-1)}`),
  };
}

/** At rest, whole, with no brake on. */
export async function settles(on: RepairStage, minutes = 90): Promise<void> {
  await on.until(minutes, async () => {
    const { phase, wakeAtMs } = await on.cluster.status();
    return phase === "Ready" && wakeAtMs === null;
  });
  await on.cluster.assertSettled();
}
export const serving = async (on: RepairStage) => (await nodesOf(on, "general")).filter(isServing).length;
export const said = async (on: RepairStage, type = "Repairing") =>
  (await on.cluster.status()).conditions.find((one) => one.type === type);
