/** S3, S4 and S17 at a cordon: no more of a pool than its budget, none while it is held, and a person's is theirs to undo. */
import { PROJECT } from "../../../simulation/world.ts";
import type { Node } from "../../../simulator/kubernetes/objects/object.ts";
import type { ObservedCall } from "../observer.ts";
import type { Asked } from "./asked.ts";
import { budgetOf, isBlueGreen, sizeOf } from "./budgets.ts";
import type { Watched } from "./checker.ts";
import { checkHolds } from "./holds.ts";
import { isCordoned, isOurs, type Leaving, nodeOf } from "./leaving.ts";
import type { SeenStatus } from "./reading.ts";

interface Patch {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string | null>> };
  readonly spec?: { readonly unschedulable?: boolean | null };
}

export function checkCordons(
  watched: Watched,
  { leaving, asked }: { readonly leaving: Leaving; readonly asked: Asked },
  cluster: string,
  status: SeenStatus,
  call: ObservedCall,
): void {
  const [, name] = /^\/api\/v1\/nodes\/([^/?]+)$/.exec(call.target) ?? [];
  const { body } = (call.args[1] ?? {}) as { readonly body?: Patch };
  const wanted = call.method === "PATCH" ? unschedulable(body) : undefined;
  const machine = [...watched.cloud.compute.machines(PROJECT)].find((one) => one.name === name);
  const node = machine && nodeOf(watched, machine);
  if (wanted === undefined || machine === undefined || node === undefined) return;
  const mine = mayCordon(asked, status.uid, node, wanted);
  if (mine !== undefined) {
    watched.violated("S17", cluster, `${call.process.name} ${mine} of ${machine.name}`);
    return;
  }
  watched.held("S17");
  const pool = machine.labels["clusterwright-pool"];
  // Who asks for a cordon alone disturbs nothing that runs.
  if (!wanted || asked.isAsked(status.uid, machine.name, ["cordon"])) return;
  const cause = body?.metadata?.annotations?.["clusterwright.dev/cordoned-for"] ?? undefined;
  checkHolds(watched, { cluster, status, pool, cause, what: `cordons ${machine.name}` }, call);
  const spec = status.accepted?.nodePools.find((one) => one.name === pool);
  if (pool === undefined || spec === undefined || isBlueGreen(spec)) return;
  const itself = new Set([machine.name]);
  const begun = leaving.count(status, pool, itself);
  const budget = budgetOf(spec, sizeOf(spec));
  const everywhere = leaving.count(status, undefined, itself);
  const limit = status.accepted?.maintenance?.maxDisruptions ?? Number.POSITIVE_INFINITY;
  const told = `${call.process.name} cordons ${machine.name} of pool ${pool}`;
  if (begun >= budget) watched.violated("S3", cluster, `${told}, ${begun} others leave, budget ${budget}`);
  else if (everywhere >= limit)
    watched.violated("S3", cluster, `${told}, ${everywhere} of all pools leave, limit ${limit}`);
  else watched.held("S3");
}

const OF_NODES = ["cordon", "drain", "restart", "rotate-machine", "repair"];

/** S17. @returns what is wrong with it, as a clause; nothing when it may be so */
function mayCordon(asked: Asked, uid: string, node: Node, wanted: boolean): string | undefined {
  const { name } = node.metadata;
  if (asked.isAsked(uid, name, ["uncordon"])) return undefined;
  if (isCordoned(node) && !isOurs(node)) return "takes over somebody else's cordon";
  if (!asked.isParked(uid, node)) return undefined;
  if (!wanted) return "undoes the cordon that somebody asked for";
  return asked.isAsked(uid, name, OF_NODES) ? undefined : "takes over the cordon that somebody asked for";
}

/** What a patch of a Node makes of it; nothing when it leaves that. */
function unschedulable(body: Patch | undefined): boolean | undefined {
  const value = body?.spec?.unschedulable;
  return value === null ? false : value;
}
