/** S3 and S17 at a cordon: no more of a pool than its budget allows, and a person's cordon is theirs to undo. */
import { PROJECT } from "../../../simulation/world.ts";
import type { Node } from "../../../simulator/kubernetes/objects/object.ts";
import type { ObservedCall } from "../observer.ts";
import { budgetOf, isBlueGreen, sizeOf } from "./budgets.ts";
import type { Watched } from "./checker.ts";
import type { SeenStatus } from "./reading.ts";

const OUR_MARK = "clusterwright.dev/cordoned-because";

export function checkCordons(watched: Watched, status: SeenStatus | undefined, call: ObservedCall): void {
  const [, name] = /^\/api\/v1\/nodes\/([^/?]+)$/.exec(call.target) ?? [];
  const wanted = call.method === "PATCH" ? unschedulable(call) : undefined;
  const machines = [...watched.cloud.compute.machines(PROJECT)];
  const machine = machines.find((one) => one.name === name);
  const cluster = machine && watched.cloud.guests.clusterOf(machine);
  if (wanted === undefined || status === undefined || machine === undefined || cluster === undefined) return;
  const nodeOf = (node: string) => cluster.store.get<Node>("nodes", undefined, node);
  const isOurs = (node: Node | undefined) => node?.metadata.annotations?.[OUR_MARK] !== undefined;
  const isCordoned = (node: Node | undefined) => node?.spec.unschedulable === true;
  const node = nodeOf(machine.name);
  if (isCordoned(node) && !isOurs(node)) {
    const message = `${call.process.name} takes over somebody else's cordon of ${machine.name}`;
    watched.violated("S17", call.process.cluster, message);
    return;
  }
  watched.held("S17");
  const pool = machine.labels["clusterwright-pool"];
  const spec = status.accepted?.nodePools.find((one) => one.name === pool);
  // A blue-green upgrade cordons the whole old set before it drains a batch of it.
  if (!wanted || spec === undefined || isBlueGreen(spec)) return;
  const begun = machines.filter((one) => {
    const its = one.labels["clusterwright-uid"] === status.uid && one.labels["clusterwright-pool"] === pool;
    const there = its && one.name !== machine.name ? nodeOf(one.name) : undefined;
    return isCordoned(there) && isOurs(there);
  }).length;
  const budget = budgetOf(spec, sizeOf(spec));
  if (begun >= budget) {
    const message = `${call.process.name} cordons ${machine.name} of pool ${pool}, ${begun} others are, budget ${budget}`;
    watched.violated("S3", call.process.cluster, message);
  } else watched.held("S3");
}

/** What a patch of a Node makes of it; nothing when it leaves that. */
function unschedulable({ args }: ObservedCall): boolean | undefined {
  const { body } = (args[1] ?? {}) as {
    readonly body?: { readonly spec?: { readonly unschedulable?: boolean | null } };
  };
  const value = body?.spec?.unschedulable;
  return value === null ? false : value;
}
