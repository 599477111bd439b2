/** Whose the cordon of a node is, by its facts, and with what commands make of it. Pure. */
import { isEmptied, isParked, type NodeOrders } from "../../nodes/commands.ts";
import type { Cordon } from "../../nodes/cordon.ts";
import type { NodeFacts } from "../resource.ts";

export function cordonIn({ unschedulable, cordoned }: NodeFacts): Cordon {
  if (cordoned !== undefined) return { by: "us", ...cordoned };
  return unschedulable ? { by: "others" } : { by: "nobody" };
}

/** A node that a command parked is left alone like one that a person cordoned, unless another command is about it. */
export function cordonAmong({ leaves, repairs }: NodeOrders, node: NodeFacts): Cordon {
  const cordon = cordonIn(node);
  if (!isParked(cordon) || leaves.has(node.name) || repairs.has(node.name)) return cordon;
  return isEmptied(cordon) ? { by: "others", empty: true } : { by: "others" };
}
