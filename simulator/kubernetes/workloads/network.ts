/** Which pods are network plugins, and addresses out of ranges. */
import type { Pod } from "../objects/object.ts";

const PLUGIN_LABELS = new Set(["cilium", "calico-node"]);

/** The agent that makes the pod network of its node work. */
export function networkPluginOf(pod: Pod): string | undefined {
  const app = pod.metadata.labels?.["k8s-app"];
  return app !== undefined && PLUGIN_LABELS.has(app) ? app : undefined;
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** The `index`th address of an IPv4 range, or undefined when the range is too small. */
export function addressIn(cidr: string, index: number): string | undefined {
  const [base = "", length = "32"] = cidr.split("/");
  if (index >= 2 ** (32 - Number(length))) return undefined;
  return toAddress(toNumber(base) + index);
}
/** The `index`th block of `length` bits in an IPv4 range, or undefined when there is no such block. */
export function blockIn(cidr: string, length: number, index: number): string | undefined {
  const [base = "", whole = "32"] = cidr.split("/");
  if (length < Number(whole) || index >= 2 ** (length - Number(whole))) return undefined;
  return `${toAddress(toNumber(base) + index * 2 ** (32 - length))}/${length}`;
}
