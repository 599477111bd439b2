/** The Pod table: STATUS as `kubectl get pods` words it, from phase, reasons and container states. */
import type { ContainerStatus, KubeObject, Pod } from "../objects/object.ts";
import { age } from "./age.ts";
import { AGE, type Column, NAME, type Tables } from "./columns.ts";

const NONE = "<none>";

function containerReason(status: ContainerStatus): string | undefined {
  const { waiting, terminated } = status.state;
  if (waiting?.["reason"] !== undefined) return String(waiting["reason"]);
  if (terminated?.["reason"] !== undefined) return String(terminated["reason"]);
  if (terminated !== undefined) return `ExitCode:${terminated["exitCode"]}`;
  return undefined;
}

/** kubernetes/pkg/printers/internalversion printPod, for pods without init containers in trouble. */
export function podStatusText(object: KubeObject): string {
  const { metadata, status } = object as Pod;
  let text = status.reason ?? status.phase ?? "Unknown";
  const statuses = status.containerStatuses ?? [];
  let running = false;
  for (const each of [...statuses].reverse()) {
    const reason = containerReason(each);
    if (reason !== undefined) text = reason;
    else if (each.ready && each.state["running"] !== undefined) running = true;
  }
  const gated = status.conditions?.find(({ type }) => type === "PodScheduled")?.reason === "SchedulingGated";
  if (gated) text = "SchedulingGated";
  if (text === "Completed" && running) text = "Running";
  if (metadata.deletionTimestamp === undefined) return text;
  return status.reason === "NodeLost" ? "Unknown" : "Terminating";
}

function readiness(object: KubeObject): string {
  const { spec, status } = object as Pod;
  const ready = (status.containerStatuses ?? []).filter((each) => each.ready).length;
  return `${ready}/${spec.containers.length}`;
}
function restarts(object: KubeObject, nowMs: number): string {
  const statuses = (object as Pod).status.containerStatuses ?? [];
  const count = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const last = statuses
    .map(
      (each) =>
        (each["lastState"] as { terminated?: { finishedAt?: string } } | undefined)?.terminated?.finishedAt,
    )
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
  return count > 0 && last !== undefined ? `${count} (${age(last, nowMs)} ago)` : String(count);
}

const PODS: readonly Column[] = [
  NAME,
  { name: "Ready", cell: readiness },
  { name: "Status", cell: podStatusText },
  { name: "Restarts", cell: restarts },
  AGE,
  { name: "IP", cell: (object) => (object as Pod).status.podIP ?? NONE, wide: true },
  { name: "Node", cell: (object) => (object as Pod).spec.nodeName ?? NONE, wide: true },
  {
    name: "Nominated Node",
    cell: (object) => String((object as Pod).status["nominatedNodeName"] ?? NONE),
    wide: true,
  },
  { name: "Readiness Gates", cell: () => NONE, wide: true },
];

export const POD_TABLES: Tables = { pods: PODS };
