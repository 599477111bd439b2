/** S16 and S4: pods leave by eviction, are deleted only where their pool's policy is force, and stay where it is paused. */
import { PROJECT } from "../../../simulation/world.ts";
import type { Pod } from "../../../simulator/kubernetes/objects/object.ts";
import type { ObservedCall } from "../observer.ts";
import type { Watched } from "./checker.ts";
import { checkHolds } from "./holds.ts";
import { causeOf, nodeOf } from "./leaving.ts";
import type { SeenStatus } from "./reading.ts";

export function checkPods(watched: Watched, cluster: string, status: SeenStatus, call: ObservedCall): void {
  const [, namespace = "", name = "", eviction] =
    /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/?]+)(\/eviction)?/.exec(call.target) ?? [];
  const isEviction = call.method === "POST" && eviction !== undefined;
  if (name === "" || status.deleting || !(isEviction || call.method === "DELETE")) return;
  const machine = machineOf(watched, status, namespace, name);
  const pool = machine?.labels["clusterwright-pool"];
  const node = machine && nodeOf(watched, machine);
  const cause = machine && causeOf(watched, machine, node);
  checkHolds(watched, { cluster, status, pool, cause, what: `has pod ${name} leave` }, call);
  const policy = status.accepted?.nodePools.find((one) => one.name === pool)?.upgrade.onDrainTimeout;
  if (isEviction || policy === "force") watched.held("S16");
  else watched.violated("S16", cluster, `${call.process.name} deletes ${call.target} instead of evicting it`);
}

/** The machine that the pod runs on; nothing when it is gone already. */
function machineOf({ cloud }: Watched, { uid }: SeenStatus, namespace: string, name: string) {
  const mine = [...cloud.compute.machines(PROJECT)].filter(
    ({ labels }) => labels["clusterwright-uid"] === uid,
  );
  const kubernetes = mine.map((machine) => cloud.guests.clusterOf(machine)).find((one) => one !== undefined);
  const on = kubernetes?.store.get<Pod>("pods", namespace, name)?.spec.nodeName;
  return mine.find((machine) => machine.name === on);
}
