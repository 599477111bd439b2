/** What figures about node care stand on: the workers of simulated clusters, their kubelets, sweeps, and a log of mutations. */
import { lookUp } from "../shared/engine/look-up.ts";
import { sweep } from "../shared/engine/sweep.ts";
import type { KubernetesRequest } from "../shared/ports/kubernetes.ts";
import type { Plane, PlaneOptions } from "../simulation/plane.ts";
import { PROJECT } from "../simulation/world.ts";
import type { Machine } from "../simulator/compute/machine.ts";
import { rateGroup } from "../simulator/compute/rate-limits.ts";
import type { Kubelet } from "../simulator/kubernetes/kubelet.ts";
import type { Fleet } from "./fleet.ts";

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
/** Source: `sweep_schedule` in terraform/variables.tf. */
export const SWEEP_EVERY_MS = 5 * MINUTE_MS;

/** What a pool's machines are replaced for. */
export const OTHER_TYPE = { machineType: "n2-standard-4" };
/** Simulations begin on a Sunday: the window opens six days later. */
export const CLOSED_FOR_DAYS = {
  maintenance: {
    windows: [
      { start: "2026-10-03T02:00", timezone: "UTC", duration: "4h", recurrence: "FREQ=WEEKLY;BYDAY=SA" },
    ],
  },
};

export interface Mutation {
  readonly atMs: number;
  /** `Instances.Reset` */
  readonly what: string;
  /** Names in its path and its body, as JSON. */
  readonly about: string;
}

/** Remembers each mutation that Compute Engine accepted. */
export function mutationLog(nowMs: () => number) {
  const entries: Mutation[] = [];
  const wrap: NonNullable<NonNullable<PlaneOptions["wrap"]>["compute"]> = (service) => (call) => {
    const answer = service(call);
    if (rateGroup(call.service, call.method) === "mutations" && answer.status < 400)
      entries.push({
        atMs: nowMs(),
        what: `${call.service}.${call.method}`,
        about: JSON.stringify([call.params, call.body]),
      });
    return answer;
  };
  return { wrap, entries };
}

/** Machines of pools, sorted by name. */
export function workersOf({ cloud }: Plane, id: string): readonly Machine[] {
  return [...cloud.compute.machines(PROJECT)]
    .filter(({ name }) => name.startsWith(`${id}-`) && name.includes("-n-"))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

export function kubeletOf({ cloud }: Plane, machine: Machine): Kubelet {
  const kubelet = cloud.guests.clusterOf(machine)?.kubelet(machine.name);
  if (kubelet === undefined) throw new Error(`${machine.name} is no node`);
  return kubelet;
}

interface NodeStatus {
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly lastTransitionTime: string;
  }[];
}
/** Since when the node has not been Ready, by its own condition; nothing while it is. */
export function unreadySinceMs({ cloud }: Plane, machine: Machine): number | undefined {
  const node = cloud.guests.clusterOf(machine)?.state.store.get("nodes", undefined, machine.name) as
    | { readonly status: NodeStatus }
    | undefined;
  const ready = node?.status.conditions.find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True" ? undefined : Date.parse(ready.lastTransitionTime);
}

/**
 * Lets time pass in steps, with a sweep every five minutes of it, until `done` or the end. `look` is called at each step.
 * @returns whether it was done
 */
export async function passTime(
  { plane, during }: Fleet,
  options: {
    readonly forMs: number;
    readonly stepMs: number;
    readonly done?: () => Promise<boolean> | boolean;
    readonly look?: () => Promise<void> | void;
  },
): Promise<boolean> {
  const { clock, engine } = plane;
  const endMs = clock.nowMs() + options.forMs;
  while (clock.nowMs() < endMs) {
    const beforeMs = clock.nowMs();
    await clock.advance(options.stepMs);
    if (Math.floor(beforeMs / SWEEP_EVERY_MS) < Math.floor(clock.nowMs() / SWEEP_EVERY_MS))
      await during(sweep(engine, plane.pass));
    await options.look?.();
    if ((await options.done?.()) === true) return true;
  }
  return false;
}

/** Whether the cluster is Ready with what was written last, and asks for no pass. */
export async function isSettled(plane: Plane, id: string): Promise<boolean> {
  const status = await plane.status(id);
  return (
    status?.phase === "Ready" &&
    status.readyGeneration === status.generation &&
    status.unsettledSinceMs === null
  );
}

/** A person's requests to the cluster's API. */
export async function administratorOf(
  plane: Plane,
  id: string,
): Promise<(request: KubernetesRequest) => Promise<unknown>> {
  const status = await plane.status(id);
  if (status?.accepted === undefined) throw new Error(`${id} has no spec in force`);
  const { access } = await lookUp(plane.engine, id, status.accepted, status);
  if (access === undefined) throw new Error(`there is no way to the API of ${id}`);
  return async (request) => {
    const { status: code, body } = await plane.engine.cloud.kubernetes.request(access, request);
    if (code >= 300) throw new Error(`${request.method} ${request.path}: ${code} ${JSON.stringify(body)}`);
    return body;
  };
}
