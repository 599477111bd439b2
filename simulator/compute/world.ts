/** What every part of the simulated Compute Engine shares: the world, and what a kind of resource in it is. */
import type { Chance } from "../../shared/ports/chance.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ComputeCall, JsonObject } from "./call.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Delays } from "./delays.ts";
import type { Faults } from "./faults.ts";
import type { IpPool, Range } from "./ip.ts";
import type { Located, Place } from "./links.ts";
import type { MachineHooks, Machines } from "./machine.ts";
import type { ManagedGroups } from "./managed-group.ts";
import type { Operations, Started } from "./operations.ts";
import type { Quotas, Usage } from "./quotas.ts";
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
  /** Where external addresses are taken from. */
  readonly externalRange: Range;
  /** Grows with everything that changes: what was found out at the same number is still so. */
  version(): number;
  /** A new unsigned 64-bit id in decimal. */
  nextId(): string;
  kind(collection: string): Kind;
  /** Adds a resource and counts it: its references hold what they point at. */
  create(
    located: Located & { readonly path?: string },
    body: JsonObject,
    state: RowState,
    createdMs?: number,
  ): Row;
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

/** A link in a body to another resource. */
export interface Reference {
  /** `network`, `backends.*.group`: `*` stands for all members of a list. */
  readonly at: string;
  /** Collections that it may point at. */
  readonly to: readonly string[];
  /** What the API answers when the other does not exist: 404, or 400 naming the field. Default 404. */
  readonly missing?: "notFound" | "invalid";
  /** The other can go while this refers to it. */
  readonly loose?: true;
  /** A partial URL is refused. */
  readonly fullUrl?: true;
  /** An image family stays a family, to be resolved later. */
  readonly keepFamily?: true;
}

/** One call on a resource or collection, read. */
export interface Request extends Place {
  readonly world: World;
  readonly kind: Kind;
  readonly call: ComputeCall;
  readonly params: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}
export interface ResourceRequest extends Request {
  readonly row: Row;
}

/** A custom verb: answers JSON at once, or sets an operation in motion. @throws ApiError */
export type Verb = (request: ResourceRequest) => { readonly answer: JsonObject } | Started;

export type GenericMethod = "Get" | "List" | "AggregatedList" | "Insert" | "Delete" | "Patch" | "Update";

export interface Kind {
  /** `networks`; regional and global forms share it. */
  readonly collection: string;
  /** `network`, as it appears in messages, in `compute#network` and as the name of the path parameter. */
  readonly noun: string;
  readonly scopes: readonly ("global" | "regions" | "zones")[];
  readonly methods: readonly GenericMethod[];
  readonly references?: readonly Reference[];
  readonly required?: readonly string[];
  /** Set on insert where the body has nothing. */
  readonly defaults?: JsonObject;
  /** Taken out of what a client sends: the server's own. */
  readonly outputOnly?: readonly string[];
  /** Refused on patch and update when they would differ. */
  readonly immutable?: readonly string[];
  readonly enums?: Readonly<Record<string, readonly string[]>>;
  /** Least and most. */
  readonly integers?: Readonly<Record<string, readonly [number, number]>>;
  readonly labels?: "on insert" | "by setLabels only";
  /** The resource has a fingerprint; is it wanted on patch and update? */
  readonly fingerprint?: "required" | "optional";
  readonly usage?: (located: Place, body: JsonObject, world: World) => readonly Usage[];
  /** Checks and completes the body of an insert; references are relative paths already. @throws ApiError */
  readonly prepare?: (body: JsonObject, request: Request & { readonly name: string }) => JsonObject;
  /** Checks and completes the body after a patch or update. @throws ApiError */
  readonly prepareChange?: (next: JsonObject, request: ResourceRequest) => JsonObject;
  /** Right after the insert was accepted. */
  readonly inserted?: (row: Row, world: World) => void;
  /** When the insert's operation is done. */
  readonly ready?: (row: Row, world: World) => void;
  readonly changed?: (row: Row, before: JsonObject, world: World) => void;
  /** @throws ApiError when it must not be deleted, beyond being referred to */
  readonly mayDelete?: (row: Row, world: World) => void;
  /** The deletion was accepted. */
  readonly deleting?: (row: Row, world: World) => void;
  readonly removed?: (row: Row, world: World) => void;
  /** Fields that are derived on reading; `rendered` is the rest, its links URLs. */
  readonly render?: (row: Row, world: World, rendered: JsonObject) => JsonObject;
  /** `render` reads the row's own body and nothing else. */
  readonly rendersBodyAlone?: true;
  /** Instead of the generic insert or delete. */
  readonly insert?: (request: Request) => Started;
  readonly remove?: (request: ResourceRequest) => Started;
  readonly verbs?: Readonly<Record<string, Verb>>;
}
