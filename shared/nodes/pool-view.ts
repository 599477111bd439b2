/** What a decision about the machines of one pool is made from. */
import type { DisruptionBudget } from "./budget.ts";
import type { Leave } from "./cause.ts";
import type { Cordon } from "./cordon.ts";
import type { Hold } from "./hold.ts";

export interface PoolMachine {
  readonly name: string;
  readonly zone: string;
  /** Made from another template than the pool's present one. */
  readonly outdated: boolean;
  /** The present template has what only another machine takes: a restart would not do. */
  readonly apart?: true;
  /** Its deletion is under way. */
  readonly going: boolean;
  /** It is on, as far as known. */
  readonly running?: boolean;
  /** It does not run, and nothing on it does: there is nothing to drain. */
  readonly off?: boolean;
  /** It shall leave for a reason of its own, outdated or not. */
  readonly leave?: Leave;
  /** It is not well, and its repair is at it: an upgrade in place would not tell of its template. */
  readonly mending?: boolean;
  /** Why it could not be made, so far. */
  readonly trouble?: string;
  /** Why it counts as a bad outcome of the upgrade to its template, as a clause. */
  readonly bad?: string;
  /** Absent while it has not joined. */
  readonly node?: PoolNode;
}
export interface PoolNode {
  readonly ready: boolean;
  readonly createdMs: number;
  readonly cordon: Cordon;
  /** It was restarted and is not back yet: what is waited for, as a noun phrase. */
  readonly returning?: string;
  /** What it must still show before it counts as available, as a noun phrase; absent once it has passed its gates. */
  readonly unproven?: string;
}
export type Strategy = { readonly kind: "surge" } | { readonly kind: "in-place" } | BlueGreen;
export interface BlueGreen {
  readonly kind: "blue-green";
  /** Old nodes that are drained at the same time. */
  readonly batch: number;
  readonly batchSoakMs: number;
  readonly soakMs: number;
}
export interface PoolView {
  readonly pool: string;
  /** Machines that it shall have; 0 when the spec has no such pool any more. */
  readonly size: number;
  readonly removed: boolean;
  readonly budget: DisruptionBudget;
  /** How outdated machines are replaced; a surge when left out. */
  readonly strategy?: Strategy;
  /** How many more nodes may be disturbed now by what is left of the cluster's limit; no limit when left out. */
  readonly room?: number;
  /** What keeps machines from being taken now. */
  readonly holds: readonly Hold[];
  /** What the group was told to have, surge and all. */
  readonly targetSize: number;
  readonly machines: readonly PoolMachine[];
  /** Nodes of the pool that serve and are none of these machines. */
  readonly beside?: number;
}
