/** What every part of the simulated Compute Engine shares: the world's state, its clock, and the kinds it knows. */
import type { Chance } from "../../shared/ports/chance.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { JsonObject } from "./call.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Delays } from "./delays.ts";
import type { Faults } from "./faults.ts";
import type { IpPool } from "./ip.ts";
import type { Kind } from "./kind.ts";
import type { Located } from "./links.ts";
import type { MachineHooks, Machines } from "./machine.ts";
import type { ManagedGroups } from "./managed-group.ts";
import type { Operations } from "./operations.ts";
import type { Quotas } from "./quotas.ts";
import type { Row, RowState } from "./row.ts";
import type { Rows } from "./rows.ts";

/** Something in the inventory came, changed or went. */
export interface Change {
  readonly type: "inserted" | "updated" | "deleted";
  /** `projects/p/global/networks/n` */
  readonly path: string;
  readonly collection: string;
}

export interface World {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly delays: Delays;
  readonly hooks: MachineHooks;
  readonly linkPrefix: string;
  readonly catalogue: Catalogue;
  readonly faults: Faults;
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly rows: Rows;
  readonly operations: Operations;
  readonly quotas: Quotas;
  readonly machines: Machines;
  readonly groups: ManagedGroups;
  /** Internal addresses in use, by network: `projects/p/global/networks/n`. */
  internalPool(network: string): IpPool;
  forgetPool(network: string): void;
  /** External addresses in use in the whole world. */
  readonly externalPool: IpPool;
  /** A new unsigned 64-bit id in decimal. */
  nextId(): string;
  kind(collection: string): Kind;
  /** Adds a resource and counts it: its references hold what they point at. */
  create(located: Located, body: JsonObject, state: RowState, createdMs?: number): Row;
  /** Gives a resource a new body; its revision grows. */
  change(row: Row, body: JsonObject): void;
  /** Gives a resource a new body that is not a change of its configuration (a status): the revision stays. */
  settle(row: Row, body: JsonObject): void;
  /** Takes a resource out at once, and calls its kind's `removed`. */
  remove(row: Row): void;
  /** A delay with the world's jitter. */
  jittered(delayMs: number): number;
  /** The URL of a relative path. */
  link(path: string): string;
}
