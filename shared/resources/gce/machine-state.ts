/** What Compute Engine says of one machine's life. Pure. */
import type { Instance } from "../../ports/compute-types.ts";
import { momentOf } from "../moment.ts";
import { LABEL_KEPT, LABEL_POOL } from "../owner.ts";
import type { KeptMachine, MachineState, UpcomingMaintenance } from "../resource.ts";

export function machineState(instance: Instance): MachineState {
  const { id, status, lastStartTimestamp, creationTimestamp, resourceStatus } = instance;
  const startedMs = momentOf(lastStartTimestamp);
  const createdMs = momentOf(creationTimestamp);
  const kept = keptOf(instance);
  const restartsItself = instance.scheduling?.automaticRestart;
  const upcoming = upcomingOf(resourceStatus?.upcomingMaintenance);
  return {
    instanceId: String(id ?? ""),
    status: status ?? "",
    ...(startedMs === undefined ? {} : { startedMs }),
    ...(createdMs === undefined ? {} : { createdMs }),
    ...(instance.deletionProtection === true ? { protected: true } : {}),
    ...(restartsItself === undefined ? {} : { restartsItself }),
    ...(kept === undefined ? {} : { kept }),
    ...(instance.labels === undefined ? {} : { labels: instance.labels }),
    ...(instance.labelFingerprint === undefined ? {} : { labelFingerprint: instance.labelFingerprint }),
    ...(upcoming === undefined ? {} : { upcomingMaintenance: upcoming }),
  };
}

export function keptOf({ labels }: Instance): MachineState["kept"] {
  const value = labels?.[LABEL_KEPT];
  if (value === undefined || value === "leaving") return value;
  return /^\d{1,12}$/.test(value) ? { sinceMs: Number(value) * 1000 } : undefined;
}

/** Failed machines of pools that are stopped and of no pool any more. */
export function keptMachine(path: string, instance: Instance): KeptMachine | undefined {
  const kept = keptOf(instance);
  if (kept === undefined || kept === "leaving" || instance.status === "RUNNING") return undefined;
  if (instance.status === "STOPPING") return undefined;
  const { [LABEL_POOL]: pool = "" } = instance.labels ?? {};
  return { path, pool, sinceMs: kept.sinceMs, status: instance.status ?? "" };
}

/** One without a window says nothing that could be planned for. */
function upcomingOf(
  notice: NonNullable<Instance["resourceStatus"]>["upcomingMaintenance"],
): UpcomingMaintenance | undefined {
  const startMs = momentOf(notice?.windowStartTime);
  const endMs = momentOf(notice?.windowEndTime);
  if (notice === undefined || startMs === undefined || endMs === undefined) return undefined;
  const reasons = notice.maintenanceReasons ?? [];
  return { startMs, endMs, reasons, canReschedule: notice.canReschedule ?? false };
}
