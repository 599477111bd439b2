/** Whether a pod serves. */
import { conditionStatus, type Pod } from "../objects/object.ts";

export function isReady(pod: Pod): boolean {
  return conditionStatus(pod, "Ready") === "True" && pod.metadata.deletionTimestamp === undefined;
}
