/** Which template a pool's machines are made from: the spec's, or the last good one after an upgrade that was rolled back. */
import { templateInForce } from "../../nodes/canary.ts";
import { type ComputeRef, computePath, parseComputePath } from "../../ports/compute.ts";
import type { Cluster } from "../resource.ts";
import type { PoolTemplate } from "./pool-template.ts";

export function templateRefInForce(
  { care }: Cluster,
  { pool, ref }: Pick<PoolTemplate, "pool" | "ref">,
): ComputeRef<"instanceTemplates"> {
  const path = computePath(ref);
  const remembered = care?.pools.find((one) => one.pool === pool.name);
  const inForce = templateInForce(remembered, path, pool.upgrade);
  return inForce === path ? ref : { ...parseComputePath(inForce), kind: "instanceTemplates" };
}
