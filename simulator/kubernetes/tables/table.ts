/** Tables as `kubectl get` prints them: which columns a kind has, and the rows of its objects. */
import type { KubeObject } from "../objects/object.ts";
import { type ResourceDefinition, resourceKey } from "../objects/resources.ts";
import { CLUSTER_TABLES } from "./cluster.ts";
import { AGE, type Column, NAME, type Tables } from "./columns.ts";
import { POD_TABLES } from "./pods.ts";
import { WORKLOAD_TABLES } from "./workloads.ts";

const TABLES: Tables = { ...CLUSTER_TABLES, ...POD_TABLES, ...WORKLOAD_TABLES };
// What kinds without a printer of their own get: a name and when it was made.
const DEFAULT_COLUMNS: readonly Column[] = [
  NAME,
  { name: "Created At", cell: (object) => object.metadata.creationTimestamp, type: "date" },
];
const CUSTOM_COLUMNS: readonly Column[] = [
  NAME,
  { ...AGE, type: "date", cell: (o) => o.metadata.creationTimestamp },
];

export function tableOf(definition: ResourceDefinition, objects: readonly KubeObject[], nowMs: number) {
  const fallback = definition.custom === true ? CUSTOM_COLUMNS : DEFAULT_COLUMNS;
  const columns = TABLES[resourceKey(definition)] ?? fallback;
  return {
    columnDefinitions: columns.map(({ name, wide, type }) => ({
      name,
      type: type ?? "string",
      format: name === "Name" ? "name" : "",
      description: "",
      priority: wide === true ? 1 : 0,
    })),
    rows: objects.map((object) => columns.map(({ cell }) => cell(object, nowMs))),
  };
}
