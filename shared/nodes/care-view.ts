/** What decisions about the repair of a cluster's machines are made from. */
import type { Care } from "../status/care.ts";
import type { MachineSigns } from "./health.ts";
import type { Step } from "./ladder.ts";

export interface RepairPolicy {
  readonly enabled: boolean;
  /** How long a node is unhealthy before it is repaired. */
  readonly afterMs: number;
  readonly firstStatusMs?: number;
  /** How long a machine runs without becoming a node before it has failed. */
  readonly joinMs?: number;
  readonly maxInFlight: number;
  /** Unhealthy nodes beyond which the cause is not the nodes: see `unhealthyMax`. */
  readonly maxUnhealthy: number | string;
  readonly ladder: readonly Step[];
  /** How long a restarted machine gets to become Ready. */
  readonly restartTakesMs?: number;
  /** How long a drain may take, which maintenance is got ahead of by. */
  readonly drainMs: number;
}
export interface CareMachine extends MachineSigns {
  /** `zones/z` */
  readonly zone: string;
  /** Path of the first machine of those that were made one in place of another; absent: this one. */
  readonly slot?: string;
  /** Its deletion is under way. */
  readonly going: boolean;
  /** A drain of ours has begun. */
  readonly cordoned: boolean;
  /** Its node was cordoned by somebody who keeps it so, a person or a command: it is left alone. */
  readonly parked?: boolean;
  /** It was drained in order to be restarted: that it is silent meanwhile says nothing. */
  readonly away?: boolean;
  /** What its repair is left to, as a noun phrase: the gates of an upgrade. */
  readonly leftTo?: string;
  /** Somebody asked for its repair: what is against it counts now, and for how long already. */
  readonly asked?: { readonly operation: string; readonly reason: string };
  /** Path of the template that it was made from, and its kubelet's version, when known. */
  readonly template?: string;
  readonly version?: string;
}
export interface PoolCare {
  readonly pool: string;
  readonly size: number;
  readonly policy: RepairPolicy;
  readonly machines: readonly CareMachine[];
}
export interface CareView {
  readonly pools: readonly PoolCare[];
  /** Nodes of the control plane: they tell of a zone's and the cluster's weather too. */
  readonly members: readonly {
    readonly zone: string;
    readonly ready: boolean;
    readonly readiness?: string;
  }[];
  /** The API answers, and lists none of the nodes that it runs on: such a list says nothing of the others either. */
  readonly unlisted?: true;
  readonly care: Care;
  readonly nowMs: number;
}
