/** A machine as others see it: what boots, what is asked of it, and what happens to it. */
import type { ApiError } from "./api-error.ts";
import type { JsonObject } from "./json.ts";
import type { Row } from "./row.ts";

/** A machine at one moment. */
export interface Machine {
  readonly project: string;
  readonly zone: string;
  readonly name: string;
  /** `projects/p/zones/z/instances/i` */
  readonly path: string;
  /** Unsigned 64-bit, decimal. A recreated machine of the same name has another. */
  readonly id: string;
  readonly status: string;
  /** Counts the starts of this machine, from 1. */
  readonly boot: number;
  readonly startedMs: number;
  readonly machineType: string;
  /** Path of the boot disk's image, or nothing when it has none. */
  readonly image: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Email, when it has one. */
  readonly serviceAccount: string | undefined;
  readonly scopes: readonly string[];
  /** Paths. */
  readonly network: string;
  readonly subnetwork: string;
  readonly networkIP: string;
  readonly natIP: string | undefined;
  readonly aliasRanges: readonly { readonly range: string; readonly name: string | undefined }[];
  readonly canIpForward: boolean;
  readonly disks: readonly {
    readonly deviceName: string;
    readonly path: string;
    readonly id: string;
    readonly boot: boolean;
  }[];
  /** Has it a way to the internet: its own address, or a NAT? */
  readonly internet: boolean;
  readonly console: { write(line: string): void };
}

/** What the system did, as the audit log calls it: `hostError`, `automaticRestart`, `preempted`, … */
export interface SystemEvent {
  /** `compute.instances.hostError` */
  readonly method: string;
  readonly path: string;
  readonly id: string;
  readonly atMs: number;
  /** Of the method, when it has some: the window of a maintenance. */
  readonly metadata?: JsonObject;
}

/** What the cloud announces of a host's maintenance. */
export interface MaintenanceNotice {
  /** When it comes: `startMs` as the world's timers count, which may run faster than everybody's clock. */
  readonly afterMs: number;
  readonly startMs: number;
  readonly endMs: number;
  /** `PLANNED_UPDATE`, `FAILURE_DISK`, … Source: compute.proto, UpcomingMaintenance.maintenance_reasons. */
  readonly reasons: readonly string[];
  readonly canReschedule: boolean;
}

/** How other parts of the simulation take part. All of it is optional and answers at once. */
export interface MachineHooks {
  /** The operating system is up and has its user data. */
  onBoot?(machine: Machine): void;
  /** The operating system was told to shut down. */
  onShutdown?(machine: Machine): void;
  /** Its power is off (stopped, reset, host failed, deleted). */
  onStop?(machine: Machine): void;
  /** It is gone for ever. */
  onDelete?(machine: Machine): void;
  /** Does something answer on this port of this machine? */
  probe?(address: string, port: number, machine: Machine): boolean;
  onSystemEvent?(event: SystemEvent): void;
}

/** The lives of machines. Those with `end` call it when the state is reached, with the reason when it is not. */
export interface Machines {
  /** A new one, from PROVISIONING on. */
  launch(row: Row, end: (failure?: ApiError) => void): void;
  /** From TERMINATED or SUSPENDED. */
  start(row: Row, end: (failure?: ApiError) => void): void;
  /** Down to TERMINATED, or SUSPENDED. */
  stop(row: Row, end: () => void, to?: "TERMINATED" | "SUSPENDED"): void;
  reset(row: Row): void;
  /** Takes it down and out of the world, with the disks that go with it. */
  remove(row: Row, end: () => void): void;
  /** The host fails: the machine is dead at once; it comes back by itself when its scheduling says so, unless `never`. */
  hostError(row: Row, restart?: "never"): void;
  preempt(row: Row): void;
  /** The operating system shuts itself down. */
  guestShutdown(row: Row): void;
  /** The host is maintained: a live migration, which is nothing but an event, or a stop with a restart. */
  maintain(row: Row): void;
  /** Maintenance of the host is announced; it comes when its window begins. */
  announce(row: Row, notice: MaintenanceNotice): void;
  /** Nothing on it runs or answers, while Compute Engine knows nothing of it. The answer brings it back. */
  goDark(row: Row): () => void;
  /** Nothing goes on with a machine that has left the world. */
  forget(row: Row): void;
  view(row: Row): Machine;
  console(row: Row): {
    readonly write: (line: string) => void;
    readonly read: (start: number) => {
      readonly contents: string;
      readonly start: number;
      readonly next: number;
    };
  };
}
