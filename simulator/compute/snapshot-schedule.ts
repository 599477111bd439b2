/** Snapshots that schedules have taken since the last look. They are made when asked for, so that no timer runs for ever. */
import type { JsonObject } from "./call.ts";
import { asObject, asText } from "./json.ts";
import { cycleOf } from "./kinds/resourcePolicies.ts";

import { usersOf } from "./references.ts";
import type { Row } from "./row.ts";
import type { World } from "./world.ts";

/** A look after a long time makes no more than these for a disk, the newest. */
const CATCH_UP_MAX = 500;

export interface SnapshotSchedule {
  /** Takes the project's due snapshots and drops those past their retention. */
  catchUp(project: string): void;
}

export function createSnapshotSchedule(world: World): SnapshotSchedule {
  /** Until when snapshots of a disk under a policy have been taken, by ids. */
  const takenUntil = new Map<string, number>();

  function take(policy: Row, disk: Row, atMs: number): void {
    const properties = asObject(asObject(policy.body["snapshotSchedulePolicy"])["snapshotProperties"]);
    const stamp = new Date(atMs)
      .toISOString()
      .replaceAll(/[-:]|\.\d+Z/g, "")
      .replace("T", "")
      .slice(0, 12);
    const name = `${disk.name.slice(0, 30).replace(/-+$/, "")}-${stamp}-${disk.id.slice(-8)}`;
    const located = { project: disk.project, scope: "global", collection: "snapshots", name };
    if (world.rows.find(located) !== undefined) return;
    const body: JsonObject = {
      sourceDisk: disk.path,
      sourceDiskId: disk.id,
      sourceSnapshotSchedulePolicy: world.link(policy.path),
      diskSizeGb: disk.body["sizeGb"],
      storageBytes: "0",
      autoCreated: true,
      status: "READY",
      ...(properties["labels"] === undefined ? {} : { labels: properties["labels"] }),
      ...(properties["storageLocations"] === undefined
        ? {}
        : { storageLocations: properties["storageLocations"] }),
    };
    world.create(located, body, "ready", atMs);
  }

  function catchUpDisk(policy: Row, disk: Row): void {
    const { offsetMs, everyMs, keepMs } = cycleOf(policy.body);
    const now = world.clock.nowMs();
    const key = `${policy.id} ${disk.id}`;
    const since = takenUntil.get(key) ?? Math.max(policy.createdMs, disk.createdMs);
    const from = Math.max(since, now - keepMs, now - CATCH_UP_MAX * everyMs);
    const first = Math.floor((from - offsetMs) / everyMs) + 1;
    for (let cycle = first; cycle * everyMs + offsetMs <= now; cycle++)
      take(policy, disk, cycle * everyMs + offsetMs);
    takenUntil.set(key, now);
  }

  function dropOld(project: string): void {
    const now = world.clock.nowMs();
    for (const snapshot of [...world.rows.inScope(project, "snapshots", "global")]) {
      const link = asText(snapshot.body["sourceSnapshotSchedulePolicy"]);
      if (snapshot.body["autoCreated"] !== true || link === undefined) continue;
      const policy = world.rows.at(link.slice(world.linkPrefix.length));
      if (policy !== undefined && snapshot.createdMs < now - cycleOf(policy.body).keepMs)
        world.remove(snapshot);
    }
  }
  return {
    catchUp(project) {
      for (const scope of world.rows.scopes(project, "resourcePolicies")) {
        for (const policy of world.rows.inScope(project, "resourcePolicies", scope)) {
          for (const disk of usersOf(policy, "disks")) catchUpDisk(policy, disk);
        }
      }
      dropOld(project);
    },
  };
}
