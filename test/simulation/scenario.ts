/** A run as data: what people do and what goes wrong, each at its time; so that it can be printed, replayed and shortened. */
export const FAULT_GROUPS = ["api", "delivery", "crash", "hardware", "zone", "store", "people"] as const;
export type FaultGroup = (typeof FAULT_GROUPS)[number];

/** A command as somebody sends it, maybe more than once. */
export interface Asking {
  readonly command:
    | "cordon"
    | "drain"
    | "uncordon"
    | "restart"
    | "rotate-machine"
    | "repair"
    | "pause"
    | "resume"
    | "resize"
    | "backup"
    | "verify";
  /** In [0, 1): chooses the node, or the pool, of those that there are then. */
  readonly which: number;
  /** Of nodes: of which kind. Of pauses and resumes: the pool, or the whole cluster when left out. */
  readonly of?: "pool" | "control-plane";
  readonly value?: string;
  readonly force?: true;
  /** With an idempotency key. */
  readonly keyed?: true;
  /** The same once more, so many seconds later. */
  readonly againAfterSeconds?: number;
  readonly notBeforeMinutes?: number;
  readonly deadlineMinutes?: number;
  /** Its opposite is asked for so many minutes after its moment. */
  readonly backAfterMinutes?: number;
}

/** A change of the declared state; one that does not apply (a pool that is not there) does nothing. */
export type Edit =
  | { readonly edit: "create"; readonly replicas: number; readonly version?: string }
  /** Upwards alone. */
  | { readonly edit: "version"; readonly version: string }
  | { readonly edit: "members"; readonly machineType: string }
  | { readonly edit: "resize"; readonly pool: number; readonly size: number }
  | { readonly edit: "machine-type"; readonly pool: number; readonly machineType: string }
  | { readonly edit: "os"; readonly pool: number; readonly os: string }
  | { readonly edit: "strategy"; readonly pool: number; readonly strategy: "surge" | "blue-green" }
  | { readonly edit: "label"; readonly pool: number; readonly value: string }
  /** Repairs by replacement alone, so many at once, however many are unhealthy. */
  | { readonly edit: "bold-repairs"; readonly pool: number; readonly atOnce: number }
  /** A command, for so many minutes; of one pool or of the cluster. */
  | { readonly edit: "pause"; readonly pool?: string; readonly minutes: number }
  /** An exclusion from now on, for so many minutes. */
  | { readonly edit: "freeze"; readonly minutes: number }
  /** Nodes that may be disturbed at the same time, over all pools. */
  | { readonly edit: "limit"; readonly most: number }
  | { readonly edit: "add-pool"; readonly name: string; readonly size: number }
  | { readonly edit: "remove-pool"; readonly pool: number }
  | { readonly edit: "invalid"; readonly how: InvalidEdit }
  /** Pods on the cluster, with a disruption budget. */
  | { readonly edit: "deploy"; readonly replicas: number }
  /** Its workload's pods, made anew, find no node any more, or do again. */
  | { readonly edit: "break-workload"; readonly broken: boolean }
  /** The upgrades of a pool ask that workload, until everything is over. */
  | { readonly edit: "probe"; readonly pool: number }
  | { readonly edit: "command"; readonly asking: Asking }
  /** A persistent disk for a workload, attached to a machine of the pool. */
  | { readonly edit: "claim"; readonly pool: string }
  | { readonly edit: "delete" };
export const INVALID_EDITS = [
  "negative-size",
  "unknown-field",
  "overlapping-ranges",
  "other-region",
] as const;
export type InvalidEdit = (typeof INVALID_EDITS)[number];

export interface Step {
  /** After the beginning. */
  readonly atMs: number;
  readonly cluster: string;
  readonly change: Edit;
}

export interface Fault {
  /** After the beginning. */
  readonly atMs: number;
  readonly group: FaultGroup;
  /** One of the table of its group. */
  readonly kind: string;
  /** In [0, 1): chooses what it strikes. */
  readonly which: number;
  /** How many times, or how long: its kind says. */
  readonly amount: number;
}

export interface Scenario {
  readonly seed: number;
  readonly clusters: readonly string[];
  /** From the beginning until the faults stop. */
  readonly busyMs: number;
  readonly steps: readonly Step[];
  readonly faults: readonly Fault[];
}
