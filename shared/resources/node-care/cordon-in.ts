/** Whose the cordon of a node is, by its facts. Pure. */
import type { Cordon } from "../../nodes/cordon.ts";
import type { NodeFacts } from "../resource.ts";

export function cordonIn({ unschedulable, cordoned }: NodeFacts): Cordon {
  if (cordoned !== undefined) return { by: "us", ...cordoned };
  return unschedulable ? { by: "others" } : { by: "nobody" };
}
