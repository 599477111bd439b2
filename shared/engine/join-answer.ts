/** What a machine that asks to join is told: by which API server, and that cluster's CA. */
import type { KubernetesAccess } from "../ports/kubernetes.ts";
import { API_PORT } from "../resources/api-server.ts";
import type { Facts } from "../resources/resource.ts";

export type JoinAnswer =
  | {
      readonly ready: true;
      readonly access: KubernetesAccess;
      readonly apiServerEndpoint: string;
      readonly caHash: string;
    }
  | { readonly ready: false; readonly waitingFor: string };

/** Kinds that teach what the answer is made of: a thousand machines that join ask a thousand times. */
export const JOIN_KINDS = {
  worker: new Set(["keys", "addresses"]),
  "control-plane": new Set(["keys", "addresses", "control-plane"]),
} as const satisfies Record<string, ReadonlySet<string>>;

/**
 * Workers join by the load balancer. A control-plane machine joins by the address of one that already serves: a backend
 * of an internal passthrough load balancer always reaches itself when it calls the balancer, serving or not.
 */
export function joinAnswer(facts: Facts, role: "worker" | "control-plane", nodeName: string): JoinAnswer {
  const { access, kubernetes, caHash, apiInternalAddress } = facts;
  if (access === undefined || caHash === undefined) return wait("the cluster's keys and address");
  if (kubernetes === undefined) return wait("the cluster's API to answer");
  const address = role === "worker" ? apiInternalAddress : servingMember(facts, nodeName);
  if (address === undefined) return wait("a control-plane machine that serves the API");
  return { ready: true, access, caHash, apiServerEndpoint: `${address}:${API_PORT}` };
}

function servingMember(facts: Facts, nodeName: string): string | undefined {
  const serving = new Set(facts.kubernetes?.apiServers ?? []);
  return facts.controlPlane?.find(
    (machine) => machine.name !== nodeName && machine.running && serving.has(machine.name),
  )?.internalAddress;
}

function wait(waitingFor: string): JoinAnswer {
  return { ready: false, waitingFor };
}
