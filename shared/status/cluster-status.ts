/** PROVISIONAL types that the engine is written against: the zod schema replaces this file and keeps names and shapes. */
import type { ClusterSpec } from "../spec/cluster.ts";

export const PHASES = ["Pending", "Provisioning", "Ready", "Updating", "Degraded", "Blocked", "Deleting", "Failed"] as const;
export type Phase = (typeof PHASES)[number];

export const CONDITION_TYPES = [
  "SpecAccepted",
  "NetworkReady",
  "ControlPlaneReady",
  "NodesReady",
  "AddonsReady",
  "LoggingReady",
  "Healthy",
  "UpToDate",
  "Repairing",
  "Paused",
  "Ready",
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  /** CamelCase, for programs. */
  readonly reason: string;
  /** A sentence for people: what is waited for, and what would unblock it. */
  readonly message: string;
  /** RFC 3339. */
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/** A cloud operation that a pass started and a later one asks about. */
export interface InFlight {
  /** What it changes: `projects/p/zones/z/instances/i`. */
  readonly key: string;
  readonly kind: string;
  readonly verb: string;
  /** Path of the operation: `projects/p/zones/z/operations/o`. */
  readonly operation: string;
  readonly startedMs: number;
  readonly reason: string;
}
/** Something that did not work and is tried again at `retryAtMs`. */
export interface Failure {
  readonly key: string;
  readonly kind: string;
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly firstMs: number;
  readonly retryAtMs: number;
}
export interface InventoryLine {
  readonly kind: string;
  readonly desired: number;
  readonly observed: number;
  readonly settled: boolean;
}
/** `clusters/{id}/status/current`. Times are milliseconds since the epoch. */
export interface ClusterStatus {
  readonly schemaVersion: 1;
  /** Six characters [a-z0-9], chosen at the first acceptance. */
  readonly uid: string;
  readonly phase: Phase;
  readonly conditions: readonly Condition[];
  /** Counts accepted changes of the spec. */
  readonly generation: number;
  readonly specHash: string;
  /** Absent until a spec was accepted. */
  readonly accepted?: ClusterSpec | undefined;
  readonly pins: { readonly kubernetesVersion: string; readonly images: Readonly<Record<string, string>>; readonly initialised: boolean };
  readonly deleting: boolean;
  /** Whether the accepted generation has been Ready, and when first. */
  readonly readyGeneration: number;
  readonly inventory: readonly InventoryLine[];
  readonly nodes: { readonly desired: number; readonly ready: number; readonly total: number };
  readonly endpoint?: string | undefined;
  readonly inFlight: readonly InFlight[];
  readonly failures: readonly Failure[];
  /** Per key: how often a mutation of it was finished, and when last; part of its next request id. */
  readonly attempts: Readonly<Record<string, { readonly count: number; readonly lastMs: number }>>;
  readonly lease?: { readonly holder: string; readonly untilMs: number; readonly epoch: number; readonly dirty: boolean } | undefined;
  /** The next pass; null when settled. */
  readonly wakeAtMs: number | null;
  /** Since when it is unsettled; null when settled. */
  readonly unsettledSinceMs: number | null;
  /** The running operation record's id, if any. */
  readonly operation: string | null;
}

export interface OperationStep {
  readonly kind: string;
  readonly done: number;
  readonly total: number;
  readonly settled: boolean;
}
/** `clusters/{id}/operations/{id}`. */
export interface OperationRecord {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly type: "create" | "update" | "repair" | "delete";
  readonly generation: number;
  readonly cause: string;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly result: "running" | "succeeded" | "superseded" | "failed";
  readonly steps: readonly OperationStep[];
  readonly message: string;
}

/** One line of what a pass did or learned. */
export interface EventLine {
  readonly level: "info" | "warning";
  /** `insert`, `patch`, `delete`, `finished`, `failed`, `accepted`, `refused`, `phase`, … */
  readonly verb: string;
  readonly key: string;
  readonly message: string;
}
/** `clusters/{id}/events/{epoch}`: one document a pass that did something, with a time to live. */
export interface EventRecord {
  readonly schemaVersion: 1;
  readonly atMs: number;
  readonly epoch: number;
  /** What woke the pass. */
  readonly cause: string;
  readonly lines: readonly EventLine[];
  /** RFC 3339 and a Firestore timestamp in a deployment: when the store may drop it. */
  readonly expireAt: string;
}

/** `clusters/{id}`: what people write. */
export interface ClusterDocument {
  readonly spec?: unknown;
  /** The tombstone. `uid` must be the uid in the status. */
  readonly deletion?: { readonly uid?: string; readonly requestedAt?: string; readonly requestedBy?: string };
}
