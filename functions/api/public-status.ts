/** The part of a status that people and programs read: without the control plane's own bookkeeping. */
import { type Care, NO_CARE } from "../../shared/status/care.ts";
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
> & {
  readonly endpoint?: string | undefined;
  /** What the families of the operating systems offer; absent until they were asked. */
  readonly images?: ClusterStatus["images"];
  /** What somebody paused, and commands that are not done yet; absent while there is nothing. */
  readonly care?: Pick<Care, "pauses" | "commands"> | undefined;
};

export function publicStatus(status: ClusterStatus): PublicStatus {
  const { uid, phase, conditions, generation, readyGeneration, deleting, inventory, nodes, failures } =
    status;
  const { inFlight, operation, pins, wakeAtMs, endpoint } = status;
  const shown = { uid, phase, conditions, generation, readyGeneration, deleting, inventory, nodes, failures };
  const { pauses, commands } = status.care ?? NO_CARE;
  const more = {
    ...(pauses.length + commands.length === 0 ? {} : { care: { pauses, commands } }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(status.images === undefined ? {} : { images: status.images }),
  };
  return { ...shown, ...more, inFlight, operation, pins, wakeAtMs };
}
