/** A machine of Compute Engine as its kubelet describes it. Pure. */
import type { BootPlan } from "../boot/boot-plan.ts";
import type { Machine as ComputeMachine } from "../compute/machine.ts";
import type { Machine as KubeletMachine } from "../kubernetes/workloads/machine.ts";

export function kubeletMachine(
  machine: ComputeMachine,
  plan: BootPlan,
  size: { readonly cpus: number; readonly memoryBytes: number },
): KubeletMachine {
  return {
    nodeName: machine.name,
    internalIp: machine.networkIP,
    externalIp: machine.natIP,
    zone: machine.zone,
    machineType: machine.machineType,
    providerId: `gce://${machine.project}/${machine.zone}/${machine.name}`,
    kubeletVersion: `v${plan.kubernetesVersion}`,
    ...plan.image,
    ...size,
    labels: plan.labels,
    taints: plan.taints.map(({ key, value, effect }) => ({
      key,
      effect,
      ...(value === undefined ? {} : { value }),
    })),
    cloudProviderExternal: true,
    network: plan.plugin === "alias-ip" ? "alias-ip" : "plugin",
    aliasCidr: machine.aliasRanges[0]?.range,
  };
}
