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
  /** Its deletion is under way. */
  readonly going: boolean;
  /** It does not run, and nothing on it does: there is nothing to drain. */
  readonly off?: boolean;
  /** It shall leave for a reason of its own, outdated or not. */
  readonly leave?: Leave;
  /** Why it could not be made, so far. */
  readonly trouble?: string;
  /** Absent while it has not joined. */
  readonly node?: PoolNode;
}
export interface PoolNode {
  readonly ready: boolean;
  readonly createdMs: number;
  readonly cordon: Cordon;
}
export interface PoolView {
  readonly pool: string;
  /** Machines that it shall have; 0 when the spec has no such pool any more. */
  readonly size: number;
  readonly removed: boolean;
  readonly budget: DisruptionBudget;
  /** What keeps machines from being taken now. */
  readonly holds: readonly Hold[];
  /** What the group was told to have, surge and all. */
  readonly targetSize: number;
  readonly machines: readonly PoolMachine[];
}
