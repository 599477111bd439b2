/** CoreDNS comes with kubeadm: `addons.dns` scales it to none and back, so that turning it on again needs no machine. */

import type { Waiting } from "../resource.ts";
import type { AddonAction, Inputs } from "./addons-model.ts";
import { unavailable } from "./workload-state.ts";

export const DNS_PATH = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
/** kubeadm's own number. */
const DNS_REPLICAS = 2;

export function planDns(
  { cluster, observed }: Inputs,
  draft: { readonly actions: AddonAction[]; readonly waiting: Waiting[] },
): void {
  const found = observed.find((one) => one.of === "dns");
  if (found?.of !== "dns") return;
  const { replicas = 1 } = (found.object["spec"] ?? {}) as { readonly replicas?: number };
  if (!cluster.spec.addons.dns && replicas > 0) {
    draft.actions.push({
      key: DNS_PATH,
      verb: "scale",
      change: "scale",
      replicas: 0,
      reason: "addons.dns is off",
    });
  }
  if (!cluster.spec.addons.dns) return;
  if (replicas === 0) {
    const reason = "addons.dns is on but CoreDNS has no replicas";
    draft.actions.push({ key: DNS_PATH, verb: "scale", change: "scale", replicas: DNS_REPLICAS, reason });
  }
  const waiting = unavailable(found.object);
  if (waiting !== undefined) draft.waiting.push({ key: DNS_PATH, reason: waiting });
}
