/** What faults can reach: the world of the run, and the traps that calls and deliveries run into. */
import type { Engine } from "../../../shared/engine/engine.ts";
import type { VirtualClock } from "../../../simulator/clock.ts";
import type { SimulatedCloud } from "../../../simulator/cloud.ts";
import type { LogEntry } from "../../../simulator/logging/audit-log.ts";
import type { PortCall, Strike } from "../../support/unreliable-ports.ts";
import type { Delivered, Mishap } from "../delivery.ts";
import type { Fault } from "../scenario.ts";

/** Strikes one call: the one after so many others. */
export interface CallTrap {
  left: number;
  readonly port?: PortCall["port"];
  readonly strike?: Strike;
  readonly sleepMs?: number;
  readonly failure?: (call: PortCall) => Error;
  /** How many calls it strikes; 1 when left out. */
  times?: number;
}
/** Strikes the next delivery of its kind. */
export interface DeliveryTrap {
  readonly what: Delivered | "any";
  readonly fate: Mishap;
}

export interface Traps {
  calls: CallTrap[];
  deliveries: DeliveryTrap[];
  /** Nothing is delivered until then. */
  outageUntilMs: number;
  /** Machines do not reach node-join until then. */
  joinDownUntilMs: number;
  /** No API server is reached until then. */
  unreachableUntilMs: number;
  /** Clocks of processes that start before then are this wrong. */
  skew: { readonly untilMs: number; readonly ms: number };
}

export interface FaultRoom {
  readonly clock: VirtualClock;
  readonly cloud: SimulatedCloud;
  readonly store: Engine["store"];
  readonly traps: Traps;
  readonly clusters: readonly string[];
  /** As the status document has it. */
  uidOf(cluster: string): string | undefined;
  /** What the audit log has said of machines so far. */
  readonly entries: readonly LogEntry[];
  /** Pushes to machine-event, as the subscription or as a stranger does. */
  push(body: string, token?: string): void;
  /** Slows down boots. */
  setSlowness(factor: number): void;
  /** Done when the faults stop, or earlier by itself. */
  undoLater(delayMs: number, undo: () => void): void;
  /** A resource that somebody else made under a name of ours. */
  foreign(path: string): void;
  foreignGone(path: string): void;
  /** An incident that no function has put into an inbox. */
  planted(id: string): void;
  /** Somebody resized the group of this pool. */
  resizedByHand(uid: string, pool: string): void;
  /** Writes a cluster's document as a person: nothing deletes it, `wished` is what it should say. */
  writeDocument(cluster: string, data: "wished" | undefined | Readonly<Record<string, unknown>>): void;
}

/** Sets a fault in motion. @returns what it did, for the timeline; nothing when there was nothing to strike */
export type FaultKind = (room: FaultRoom, fault: Fault) => string | undefined;

export function pick<T>(things: readonly T[], which: number): T | undefined {
  return things[Math.floor(which * things.length)];
}
/** A whole number from the least to the most. */
export function between(least: number, most: number, fraction: number): number {
  return least + Math.floor(fraction * (most - least + 1));
}
