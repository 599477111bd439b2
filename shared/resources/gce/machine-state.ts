/** What Compute Engine says of one machine's life. Pure. */
import type { Instance } from "../../ports/compute-types.ts";
import type { MachineState, UpcomingMaintenance } from "../resource.ts";

export function machineState(instance: Instance): MachineState {
  const { id, status, lastStartTimestamp, creationTimestamp, resourceStatus } = instance;
  const startedMs = momentOf(lastStartTimestamp);
  const createdMs = momentOf(creationTimestamp);
  const upcoming = upcomingOf(resourceStatus?.upcomingMaintenance);
  return {
    instanceId: String(id ?? ""),
    status: status ?? "",
    ...(startedMs === undefined ? {} : { startedMs }),
    ...(createdMs === undefined ? {} : { createdMs }),
    ...(instance.deletionProtection === true ? { protected: true } : {}),
    ...(upcoming === undefined ? {} : { upcomingMaintenance: upcoming }),
  };
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

function momentOf(time: string | undefined): number | undefined {
  const ms = Date.parse(time ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}
