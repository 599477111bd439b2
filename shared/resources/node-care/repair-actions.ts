/** Repairs as actions, each with what is to be remembered of it once it has begun. Pure. */
import type { CareMachine } from "../../nodes/care-view.ts";
import type { PoolRepairs, Restart } from "../../nodes/repair.ts";
import { parseComputePath } from "../../ports/compute.ts";
import type { Repair } from "../../status/care.ts";
import { type CallAction, calling } from "../gce/action.ts";
import type { Action } from "../resource.ts";

/** A reset keeps the machine, its disks and its address: what is lost is what was in its memory. */
export function restarting(pool: string, { machine, reason, isAsked }: Restart, nowMs: number): CallAction {
  const { path } = machine;
  const ref = { ...parseComputePath(path), kind: "instances" as const };
  const repair: Repair = {
    pool,
    machine: path,
    ...numberOf(machine.machine),
    step: "restart",
    atMs: nowMs,
    ...inSlot(machine),
    reason,
  };
  const cause = isAsked === true ? "command" : "repair";
  return { ...calling("instances.reset", ref, {}, reason), cause, repair };
}

/** Nothing for what Compute Engine has taken back: its successors are no retries of a repair. */
export function repairOf(
  pool: string,
  repairs: PoolRepairs | undefined,
  name: string,
  reason: string,
  nowMs: number,
): Pick<Action, "repair"> {
  const found = repairs?.judged.find(({ machine }) => machine.name === name);
  if (found === undefined || (found.verdict.is === "failed" && found.verdict.taken === true)) return {};
  const { path, machine } = found.machine;
  return {
    repair: {
      pool,
      machine: path,
      ...numberOf(machine),
      step: "recreate",
      atMs: nowMs,
      ...inSlot(found.machine),
      reason,
    },
  };
}

function inSlot({ slot }: CareMachine): Pick<Repair, "slot"> {
  return slot === undefined ? {} : { slot };
}

function numberOf(machine: { readonly instanceId: string } | undefined): Pick<Repair, "instanceId"> {
  return machine === undefined ? {} : { instanceId: machine.instanceId };
}
