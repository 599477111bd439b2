/** What a kubelet reports of its node from time to time: conditions and images. Pure. */
import { remembered } from "../../remembered.ts";
import { type Condition, withCondition } from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";
import { type Machine, NETWORK_NOT_READY } from "./machine.ts";

// A typical image; nothing is pulled.
const IMAGE_BYTES = 60_000_000;
export const imageOnNode = remembered((name) => sealed({ names: [name], sizeBytes: IMAGE_BYTES }));

export function readyCondition(ready: boolean): Condition {
  return ready
    ? { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }
    : { type: "Ready", status: "False", reason: "KubeletNotReady", message: NETWORK_NOT_READY };
}

export function networkCondition({ network }: Machine, pluginName: string | undefined): Condition {
  const plugin =
    network === "alias-ip" ? "RouteCreated" : pluginName === "calico-node" ? "CalicoIsUp" : "CiliumIsUp";
  const message =
    plugin === "RouteCreated"
      ? "NodeController create implicit route"
      : `${plugin.slice(0, 6)} is running on this node`;
  return { type: "NetworkUnavailable", status: "False", reason: plugin, message };
}

/** The conditions after a report: those that nobody knew of are well again, and the given ones are as they are given. */
export function reportedConditions(
  before: readonly Condition[],
  given: readonly Condition[],
  now: string,
): Condition[] {
  let conditions = before.map((each) =>
    each.status === "Unknown" ? { ...each, ...healthy(each.type), lastTransitionTime: now } : each,
  );
  for (const each of given) conditions = withCondition(conditions, { ...each, lastHeartbeatTime: now }, now);
  return conditions;
}

function healthy(type: string): Partial<Condition> {
  const words: Readonly<Record<string, [string, string]>> = {
    MemoryPressure: ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
    DiskPressure: ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
    PIDPressure: ["KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  };
  const [reason, message] = words[type] ?? [];
  return reason === undefined || message === undefined ? {} : { status: "False", reason, message };
}
