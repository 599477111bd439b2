/** What is said of documents whose clusters were in a simulated cloud that ended with its process. Pure. */
import { color } from "./color.ts";

/** Nothing when there are none. */
export function lostClusters(names: readonly string[], data: string): string {
  const [first] = names;
  if (first === undefined) return "";
  const are = names.length === 1 ? "was" : "were";
  return [
    `${color.yellow("!")} ${names.join(", ")} ${are} in a simulated cloud that ended with its process: this one is empty, and`,
    `  what ${data} says of ${names.length === 1 ? "it" : "them"} cannot come true. Delete ${names.length === 1 ? "it" : "them"}, or use another --data:`,
    `    npx clusterwright delete ${names.join(" ")} --yes`,
    "",
  ].join("\n");
}
