/** What holds up the machines of one pool now, of all parts of node care that may say so. Pure. */
import type { Hold } from "../../nodes/hold.ts";
import type { Cluster } from "../resource.ts";
import { poolMaintenanceHolds } from "./maintenance-holds.ts";

/** Each part answers for itself; all of them hold. */
export type HoldsOf = (cluster: Cluster, pool: string, nowMs: number) => readonly Hold[];

const PARTS: readonly HoldsOf[] = [poolMaintenanceHolds];

export const holdsOf: HoldsOf = (cluster, pool, nowMs) => PARTS.flatMap((part) => part(cluster, pool, nowMs));
