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
  /** What is remembered of the care of nodes; absent while there is nothing. */
  readonly care?: PublicCare | undefined;
};
/** Which nodes are out of service is told by the ledger of disruptions itself, and hashes of it tell nobody anything. */
export type PublicCare = Omit<Care, "ledger" | "lostSeenMs" | "regainedMs" | "resumedMs">;

export function publicStatus(status: ClusterStatus): PublicStatus {
  const { uid, phase, conditions, generation, readyGeneration, deleting, inventory, nodes, failures } =
    status;
  const { inFlight, operation, pins, wakeAtMs, endpoint } = status;
  const shown = { uid, phase, conditions, generation, readyGeneration, deleting, inventory, nodes, failures };
  const {
    ledger: _ledger,
    lostSeenMs: _seen,
    regainedMs: _regained,
    resumedMs: _resumed,
    ...care
  } = status.care ?? NO_CARE;
  const isCare =
    care.lostMs !== null || Object.values(care).some((one) => Array.isArray(one) && one.length > 0);
  const more = {
    ...(isCare ? { care } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(status.images === undefined ? {} : { images: status.images }),
  };
  return { ...shown, ...more, inFlight, operation, pins, wakeAtMs };
}
