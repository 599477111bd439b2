/** S3, S4 and S17 at a cordon: no more of a pool than its budget, none while it is held, and a person's is theirs to undo. */
import { PROJECT } from "../../../simulation/world.ts";
import type { ObservedCall } from "../observer.ts";
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
  leaving: Leaving,
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
  if (isCordoned(node) && !isOurs(node)) {
    const message = `${call.process.name} takes over somebody else's cordon of ${machine.name}`;
    watched.violated("S17", cluster, message);
    return;
  }
  watched.held("S17");
  const pool = machine.labels["clusterwright-pool"];
  if (!wanted) return;
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

/** What a patch of a Node makes of it; nothing when it leaves that. */
function unschedulable(body: Patch | undefined): boolean | undefined {
  const value = body?.spec?.unschedulable;
  return value === null ? false : value;
}
