/** The part of a status that people and programs read: without the control plane's own bookkeeping. */
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";

export type PublicStatus = Pick<
  ClusterStatus,
  | "uid"
  | "phase"
  | "conditions"
  | "generation"
  | "readyGeneration"
  | "deleting"
  | "inventory"
  | "nodes"
  | "failures"
  | "inFlight"
  | "operation"
  | "pins"
  | "wakeAtMs"
> & { readonly endpoint?: string | undefined };

export function publicStatus(status: ClusterStatus): PublicStatus {
  const { uid, phase, conditions, generation, readyGeneration, deleting, inventory, nodes, failures } =
    status;
  const { inFlight, operation, pins, wakeAtMs, endpoint } = status;
  const shown = { uid, phase, conditions, generation, readyGeneration, deleting, inventory, nodes, failures };
  return { ...shown, inFlight, operation, pins, wakeAtMs, ...(endpoint === undefined ? {} : { endpoint }) };
}
