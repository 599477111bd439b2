/** Builds a simulated Compute Engine: one world under one clock, with the service that answers calls about it. */
import type { Chance } from "../../shared/ports/chance.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { EXTERNAL_RANGE } from "./addresses.ts";
import type { BackendMember } from "./backend-health.ts";
import type { ComputeService, JsonObject } from "./call.ts";
import { createCatalogue } from "./catalogue.ts";
import { DEFAULT_DELAYS, type Delays } from "./delays.ts";
import { createDispatch } from "./dispatch.ts";
import { type Asker, createEndpoints, type Endpoint } from "./endpoints.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createIpPool, type IpPool, type Range } from "./ip.ts";
import { createPublicImages, IMAGE_PROJECTS } from "./kinds/images.ts";
import { createDefaultNetwork } from "./kinds/networks.ts";
import { KINDS } from "./kinds.ts";
import { LINK_PREFIX, pathOf } from "./links.ts";
import type { Machine, MachineHooks, MaintenanceNotice } from "./machine.ts";
import { createMachines } from "./machine-life.ts";
import { createManagedGroups } from "./managed-groups.ts";
import { upsert } from "./map-of.ts";
import { createOperations } from "./operations.ts";
import { createQuotas, type QuotaLimits } from "./quotas.ts";
import { createRateLimits, DEFAULT_RATES, type RateGroup } from "./rate-limits.ts";
import { dropReferences, holdReferences } from "./references.ts";
import { renderRow } from "./render.ts";
import type { Row } from "./row.ts";
import { createRows } from "./rows.ts";
import { createSnapshotSchedule } from "./snapshot-schedule.ts";
import type { Change, World } from "./world.ts";

export interface ComputeWorldOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Ids of the projects that exist; the public image projects come by themselves. */
  readonly projects: readonly string[];
  /** Gives every project an auto mode network `default`, as the real cloud does unless an organisation forbids it. */
  readonly defaultNetwork?: boolean;
  readonly delays?: Partial<Delays>;
  readonly hooks?: MachineHooks;
  /** Limits by project (or `*`), then metric (or `region/metric`). */
  readonly quotas?: QuotaLimits;
  /** External addresses, when not all of them are this world's. */
  readonly externalRange?: Range;
  /** Calls a minute by method group. */
  readonly rates?: Partial<Record<RateGroup, number>>;
  /** Default: https://www.googleapis.com/compute/v1/ */
  readonly linkPrefix?: string;
  /** Who is said to have asked for operations. */
  readonly user?: string;
}

/** One resource of the inventory. */
export interface InventoryEntry {
  /** `projects/p/global/networks/n` */
  readonly path: string;
  readonly collection: string;
  readonly body: JsonObject;
}

export interface ComputeWorld {
  readonly service: ComputeService;
  readonly faults: Faults;
  /** Everything that exists, but for the public images; operations are not part of it. */
  inventory(project?: string): readonly InventoryEntry[];
  /** Called at every change of the inventory. The answer ends it. */
  onChange(listener: (change: Change) => void): () => void;
  /** Calls back once when the operation at this path is DONE, or at once when it is, or is unknown. The answer ends it. */
  onOperationDone(path: string, listener: () => void): () => void;
  /** Operations that are not DONE. */
  unfinishedOperations(): number;
  /** Where an address and port lead now, for someone who asks from outside or from a machine. */
  resolveEndpoint(address: string, port: number, from?: Asker): Endpoint;
  /** The machines behind a backend service, each asked for its health now. */
  backendHealth(service: string): readonly BackendMember[];
  machine(path: string): Machine | undefined;
  machines(project?: string): Iterable<Machine>;
  /** The host of this machine fails; with `never` it is not started again by itself. */
  hostError(path: string, restart?: "never"): void;
  preempt(path: string): void;
  guestShutdown(path: string): void;
  /** The host of this machine is maintained now: it migrates, or stops and restarts. */
  maintain(path: string): void;
  /** Maintenance is announced, and comes. */
  announce(path: string, notice: MaintenanceNotice): void;
  /** The machine is silent, and Compute Engine says that it runs. The answer brings it back. */
  goDark(path: string): () => void;
  /** The world's insides, for the parts of the simulator that stand on it. */
  readonly world: World;
}

/** Ids are spread over 63 bits, so that none looks like its neighbour. */
const ID_STEP = 0x9e3779b97f4a7c15n;
const ID_MASK = (1n << 62n) - 1n;
const ID_LEAST = 1n << 60n;

export function createComputeWorld(options: ComputeWorldOptions): ComputeWorld {
  const { clock, chance } = options;
  const delays = { ...DEFAULT_DELAYS, ...options.delays };
  const listeners = new Set<(change: Change) => void>();
  const pools = new Map<string, IpPool>();
  const rows = createRows();
  let serial = 0n;
  let version = 0;

  const nextId = () => {
    serial++;
    return String(ID_LEAST + ((serial * ID_STEP) & ID_MASK));
  };
  const emit = (type: Change["type"], row: Row) => {
    version++;
    if (listeners.size === 0) return;
    const change = { type, path: row.path, collection: row.collection };
    for (const listener of listeners) listener(change);
  };
  const linkPrefix = options.linkPrefix ?? LINK_PREFIX;
  const kind: World["kind"] = (collection) => {
    const found = KINDS.get(collection);
    if (found === undefined) throw new Error(`no such kind of resource: ${collection}`);
    return found;
  };
  const jittered = (delayMs: number) => Math.round(delayMs * (1 + delays.jitter * chance.fraction()));
  const replace = (row: Row, body: JsonObject) => {
    const before = row.body;
    row.body = body;
    rows.relabel(row, before["labels"]);
    holdReferences(world, row, before);
    emit("updated", row);
  };
  const usageOf = (row: Row) => kind(row.collection).usage?.(row, row.body, world) ?? [];

  const world: World = {
    clock,
    chance,
    delays,
    hooks: options.hooks ?? {},
    linkPrefix,
    catalogue: createCatalogue(),
    faults: createFaults(),
    kinds: KINDS,
    rows,
    quotas: createQuotas(options.quotas ?? {}),
    externalPool: createIpPool(),
    externalRange: options.externalRange ?? EXTERNAL_RANGE,
    operations: createOperations({
      clock,
      nextId,
      pendingMs: () => jittered(delays.pendingMs),
      moved: () => {
        version++;
      },
      user: options.user ?? "clusterwright@example.iam.gserviceaccount.com",
    }),
    get machines() {
      return machines;
    },
    get groups() {
      return groups;
    },
    kind,
    version: () => version,
    nextId,
    jittered,
    link: (path) => `${linkPrefix}${path}`,
    internalPool(network) {
      return upsert(pools, network, createIpPool);
    },
    forgetPool: (network) => pools.delete(network),
    create(located, body, state, createdMs = clock.nowMs()) {
      const row: Row = {
        ...{
          project: located.project,
          scope: located.scope,
          collection: located.collection,
          name: located.name,
        },
        path: located.path ?? pathOf(located),
        id: nextId(),
        createdMs,
        body,
        revision: 0,
        state,
        users: undefined,
        members: undefined,
        rendered: undefined,
      };
      rows.add(row);
      holdReferences(world, row, undefined);
      world.quotas.take(row.project, usageOf(row));
      emit("inserted", row);
      return row;
    },
    change(row, body) {
      world.quotas.give(row.project, usageOf(row));
      row.revision++;
      replace(row, body);
      world.quotas.take(row.project, usageOf(row));
    },
    settle: replace,
    remove(row) {
      if (rows.find(row) !== row) return;
      rows.remove(row);
      dropReferences(world, row, row.body);
      world.quotas.give(row.project, usageOf(row));
      kind(row.collection).removed?.(row, world);
      emit("deleted", row);
    },
  };
  const machines = createMachines(world);
  const groups = createManagedGroups(world);
  const endpoints = createEndpoints(world);
  const snapshots = createSnapshotSchedule(world);
  createPublicImages(world);
  if (options.defaultNetwork === true)
    for (const project of options.projects) createDefaultNetwork(world, project);

  const projects = new Set([...options.projects, ...IMAGE_PROJECTS]);
  const rates = createRateLimits(clock, { ...DEFAULT_RATES, ...options.rates });
  const service = createDispatch(world, { projects, rates, snapshots });

  const machineAt = (path: string): Row | undefined => {
    const row = rows.at(path);
    return row?.collection === "instances" ? row : undefined;
  };
  const strike = <R>(path: string, what: (row: Row) => R): R => {
    const row = machineAt(path);
    if (row === undefined) throw new Error(`there is no machine at ${path}`);
    return what(row);
  };
  return {
    service,
    world,
    faults: world.faults,
    inventory(project) {
      const found: InventoryEntry[] = [];
      for (const each of project === undefined ? options.projects : [project]) snapshots.catchUp(each);
      for (const row of rows.all()) {
        if (project === undefined ? IMAGE_PROJECTS.includes(row.project) : row.project !== project) continue;
        found.push({ path: row.path, collection: row.collection, body: renderRow(world, row) });
      }
      return found.sort((left, right) => (left.path < right.path ? -1 : 1));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onOperationDone(path, listener) {
      const match = /projects\/([^/]+)\/(global|regions\/[^/]+|zones\/[^/]+)\/operations\/([^/]+)$/.exec(
        path,
      );
      const operation =
        match === null ? undefined : world.operations.find(match[1] ?? "", match[2] ?? "", match[3] ?? "");
      if (operation !== undefined) return world.operations.whenDone(operation, listener);
      listener();
      return () => {};
    },
    resolveEndpoint: endpoints.resolve,
    backendHealth: endpoints.backends,
    unfinishedOperations: () => world.operations.unfinished(),
    machine(path) {
      const row = machineAt(path);
      return row === undefined ? undefined : machines.view(row);
    },
    *machines(project) {
      for (const row of rows.all()) {
        if (row.collection === "instances" && (project === undefined || row.project === project))
          yield machines.view(row);
      }
    },
    hostError: (path, restart) => strike(path, (row) => machines.hostError(row, restart)),
    preempt: (path) => strike(path, machines.preempt),
    guestShutdown: (path) => strike(path, machines.guestShutdown),
    maintain: (path) => strike(path, machines.maintain),
    announce: (path, notice) => strike(path, (row) => machines.announce(row, notice)),
    goDark: (path) => strike(path, machines.goDark),
  };
}
