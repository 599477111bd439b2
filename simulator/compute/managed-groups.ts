/**
 * Managed groups at work: each keeps as many machines as it shall have, of the versions that it shall have.
 * A member: CREATING ─running─► NONE ─repair, recreate─► RECREATING ─► NONE ─delete─► DELETING ─► gone.
 */
import { ApiError, operationCode } from "./api-error.ts";
import { createInstance, instanceUsage, settleDisks, undoInstance } from "./instance-insert.ts";
import { asNumber, asObject, asText } from "./json.ts";
import { addMember, dropMember } from "./kinds/instanceGroups.ts";

import { managedBody } from "./managed-body.ts";
import type { ManagedGroups, Member, MemberAction } from "./managed-group.ts";
import { createPool, type Pool } from "./managed-pool.ts";
import { fixedOrPercent, nextVersion, nextZone, outdated, versionsOf, victims } from "./managed-versions.ts";
import type { Row } from "./row.ts";
import { formatTime } from "./times.ts";
import type { World } from "./world.ts";

/** A failed creation is tried again after this, doubled up to the most. Source: observed, the API promises no times. */
const RETRY_MS = 15_000;
const RETRY_MOST_MS = 300_000;
/** Shapes that let a machine be made in another zone when its own has no room. Source: compute.proto, DistributionPolicy.target_shape */
const FLEXIBLE_SHAPES = ["ANY", "BALANCED", "ANY_SINGLE_ZONE"];

export function createManagedGroups(world: World): ManagedGroups {
  const pools = new Map<Row, Pool>();
  const owners = new Map<Row, { readonly manager: Row; readonly member: Member }>();

  function poolOf(manager: Row): Pool {
    const pool = pools.get(manager);
    if (pool === undefined) throw new Error(`${manager.path} is not an open managed group`);
    return pool;
  }
  function groupOf(manager: Row): Row | undefined {
    return world.rows.find({ ...manager, collection: "instanceGroups" });
  }
  function later(manager: Row, delayMs: number, run: () => void): void {
    world.clock.after(world.jittered(delayMs), () => {
      if (pools.has(manager)) run();
    });
  }
  function nudge(manager: Row): void {
    const pool = pools.get(manager);
    if (pool === undefined || pool.nudged) return;
    pool.nudged = true;
    later(manager, world.delays.groupReactionMs, () => {
      pool.nudged = false;
      reconcile(manager, pool);
    });
  }

  function failed(manager: Row, member: Member, error: ApiError): void {
    const pool = poolOf(manager);
    member.attempts++;
    member.lastError = { code: operationCode(error), message: error.message, atMs: world.clock.nowMs() };
    pool.note(member, member.lastError);
    const shape = asText(asObject(manager.body["distributionPolicy"])["targetShape"]) ?? "EVEN";
    if (/POOL_EXHAUSTED/.test(member.lastError.code) && FLEXIBLE_SHAPES.includes(shape)) {
      const others = [...pool.members.values()].filter((other) => other !== member);
      member.scope = nextZone(pool.zones, others, new Set([member.scope]));
    }
    later(manager, Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** (member.attempts - 1)), () => {
      if (isWaiting(pool, member)) build(manager, member);
    });
  }

  /** Has it no machine, and is it still to get one? */
  function isWaiting(pool: Pool, member: Member): boolean {
    return (
      pool.members.get(member.name) === member && member.row === undefined && member.action !== "DELETING"
    );
  }

  /** Makes the machine of a member that has none. */
  function build(manager: Row, member: Member): void {
    let row: Row;
    try {
      const place = { project: manager.project, scope: member.scope };
      const body = managedBody(world, manager, member);
      world.quotas.check(place.project, instanceUsage(world, place, body));
      row = createInstance(world, place, member.name, body);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed(manager, member, error);
      return;
    }
    row.state = "ready";
    member.row = row;
    owners.set(row, { manager, member });
    const group = groupOf(manager);
    if (group !== undefined) addMember(world, group, row);
    world.machines.launch(row, (failure) => {
      if (failure === undefined) {
        settleDisks(world, row);
        member.attempts = 0;
        member.lastError = undefined;
        member.running = true;
        if (member.action === "CREATING" || member.action === "RECREATING") member.action = "NONE";
        nudge(manager);
        return;
      }
      owners.delete(row);
      member.row = undefined;
      undoInstance(world, row);
      if (pools.has(manager)) failed(manager, member, failure);
    });
  }

  /** Takes the member's machine away, then goes on. */
  function unbuild(member: Member, then: () => void): void {
    const { row } = member;
    member.running = false;
    member.row = undefined;
    if (row === undefined) {
      then();
      return;
    }
    owners.delete(row);
    row.state = "deleting";
    world.machines.remove(row, then);
  }

  function create(manager: Row, name: string, scope: string, action: MemberAction = "CREATING"): Member {
    const pool = poolOf(manager);
    const version = nextVersion(versionsOf(manager.body), [...pool.members.values()]);
    const member: Member = {
      name,
      scope,
      template: version?.template ?? "",
      versionName: version?.name,
      action,
      row: undefined,
      running: false,
      bornMs: world.clock.nowMs(),
      attempts: 0,
      lastError: undefined,
    };
    pool.members.set(name, member);
    build(manager, member);
    return member;
  }

  function drop(manager: Row, member: Member): void {
    if (member.action === "DELETING") return;
    member.action = "DELETING";
    unbuild(member, () => {
      pools.get(manager)?.members.delete(member.name);
      nudge(manager);
    });
  }

  function recreate(manager: Row, member: Member): void {
    if (member.action === "DELETING" || member.action === "RECREATING") return;
    const pool = poolOf(manager);
    member.action = "RECREATING";
    const others = [...pool.members.values()].filter((other) => other !== member);
    const version = nextVersion(versionsOf(manager.body), others);
    member.template = version?.template ?? member.template;
    member.versionName = version?.name;
    unbuild(member, () => {
      if (pools.has(manager) && isWaiting(pool, member)) build(manager, member);
    });
  }

  /** A member whose machine stopped or went away gets another of the same name. */
  function repair(manager: Row, member: Member): void {
    const policy = asObject(manager.body["instanceLifecyclePolicy"]);
    if (policy["defaultActionOnFailure"] === "DO_NOTHING" && member.row !== undefined) return;
    if (member.row !== undefined) {
      world.hooks.onSystemEvent?.({
        method: "compute.instances.repair.recreateInstance",
        path: member.row.path,
        id: member.row.id,
        atMs: world.clock.nowMs(),
      });
    }
    member.action = "RECREATING";
    if (policy["forceUpdateOnRepair"] === "YES") {
      const version = versionsOf(manager.body).at(-1);
      member.template = version?.template ?? member.template;
    }
    unbuild(member, () => {
      if (pools.has(manager) && isWaiting(poolOf(manager), member)) build(manager, member);
    });
  }

  /** The end of the walk of a reconcile: machines too few or too many. */
  function resize(manager: Row, pool: Pool, wanted: number): void {
    const present = [...pool.members.values()].filter(({ action }) => action !== "DELETING");
    for (let count = present.length; count < wanted; count++) {
      create(
        manager,
        pool.newName(world.chance),
        nextZone(pool.zones, [...pool.members.values()], new Set()),
      );
    }
    if (present.length > wanted)
      for (const member of victims(present, present.length - wanted)) drop(manager, member);
  }

  function reconcile(manager: Row, pool: Pool): void {
    if (pool.closing) return;
    for (const member of pool.members.values()) {
      if (member.action !== "NONE") continue;
      const status = member.row?.body["status"];
      if (member.row === undefined || status === "TERMINATED" || status === "SUSPENDED")
        repair(manager, member);
    }
    const size = asNumber(manager.body["targetSize"]) ?? 0;
    if (asObject(manager.body["updatePolicy"])["type"] === "PROACTIVE") update(manager, pool, size);
    else resize(manager, pool, size);
  }

  /** Replaces outdated machines within the surge and the unavailability that the policy allows. */
  function update(manager: Row, pool: Pool, size: number): void {
    const policy = asObject(manager.body["updatePolicy"]);
    const surge = fixedOrPercent(policy["maxSurge"], size, pool.zones.length);
    const unavailable = fixedOrPercent(policy["maxUnavailable"], size, pool.zones.length);
    const live = [...pool.members.values()].filter(({ action }) => action !== "DELETING");
    const old = outdated(versionsOf(manager.body), live);
    if (old.length === 0) {
      resize(manager, pool, size);
      return;
    }
    let available = live.filter(({ action, running }) => action === "NONE" && running).length;
    if (policy["replacementMethod"] === "RECREATE") {
      for (const member of old.filter(({ action }) => action === "NONE")) {
        if (available <= size - unavailable) return;
        available--;
        recreate(manager, member);
      }
      return;
    }
    const fresh = live.length - old.length;
    const room = Math.min(size + surge - live.length, size - fresh);
    for (let made = 0; made < room; made++) {
      create(
        manager,
        pool.newName(world.chance),
        nextZone(
          pool.zones,
          [...pool.members.values()].filter((member) => !old.includes(member)),
          new Set(),
        ),
      );
    }
    for (const member of old) {
      if (member.running && available <= size - unavailable) continue;
      if (member.running) available--;
      drop(manager, member);
    }
  }

  return {
    open(manager) {
      pools.set(manager, createPool(manager, world.catalogue));
      nudge(manager);
    },
    nudge,
    members: (manager) =>
      [...(pools.get(manager)?.members.values() ?? [])].sort((left, right) =>
        left.name < right.name ? -1 : 1,
      ),
    member: (manager, name) => pools.get(manager)?.members.get(name),
    add(manager, name) {
      const pool = poolOf(manager);
      create(manager, name, nextZone(pool.zones, [...pool.members.values()], new Set()));
    },
    delete: drop,
    abandon(manager, member) {
      const group = groupOf(manager);
      if (member.row !== undefined) {
        owners.delete(member.row);
        if (group !== undefined) dropMember(group, member.row);
      }
      poolOf(manager).members.delete(member.name);
    },
    recreate,
    restart(manager, member, template) {
      const { row } = member;
      if (row === undefined || member.action !== "NONE") return;
      member.action = "RESTARTING";
      member.template = template;
      world.machines.stop(row, () => {
        const { metadata, machineType, labels } = managedBody(world, manager, member);
        const kept = { ...row.body, ...(labels === undefined ? {} : { labels }) };
        world.settle(row, {
          ...kept,
          ...(metadata === undefined ? {} : { metadata }),
          ...(machineType === undefined ? {} : { machineType }),
        });
        world.machines.start(row, () => {
          member.action = "NONE";
          nudge(manager);
        });
      });
    },
    substitute(manager, member) {
      const { scope } = member;
      drop(manager, member);
      create(manager, poolOf(manager).newName(world.chance), scope);
    },
    close(manager, done) {
      const pool = poolOf(manager);
      pool.closing = true;
      let left = pool.members.size;
      const end = () => {
        pools.delete(manager);
        done();
      };
      const one = () => {
        left--;
        if (left === 0) end();
      };
      if (left === 0) end();
      for (const member of pool.members.values()) {
        if (member.action === "DELETING" && member.row === undefined) one();
        else {
          member.action = "DELETING";
          unbuild(member, one);
        }
      }
    },
    noticed(instance) {
      const owner = owners.get(instance);
      if (owner === undefined) return;
      const { manager, member } = owner;
      if (world.rows.find(instance) !== instance) {
        owners.delete(instance);
        if (member.row === instance) {
          member.row = undefined;
          member.running = false;
          // Whatever was going on with it has lost its object: the next look repairs it.
          member.action = "NONE";
        }
      }
      nudge(manager);
    },
    isStable(manager) {
      const pool = pools.get(manager);
      if (pool === undefined) return false;
      const members = [...pool.members.values()];
      const size = asNumber(manager.body["targetSize"]) ?? 0;
      return !pool.nudged && members.length === size && members.every(({ action }) => action === "NONE");
    },
    errors: (manager) =>
      (pools.get(manager)?.errors ?? []).map(({ member, error }) => ({
        error: { code: error.code, message: error.message },
        instanceActionDetails: {
          action: member.action,
          instance: world.link(`projects/${manager.project}/${member.scope}/instances/${member.name}`),
          version: { instanceTemplate: world.link(member.template) },
        },
        timestamp: formatTime(error.atMs),
      })),
  };
}
