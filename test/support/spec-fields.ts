/** Every field of the cluster spec, from its schema, as `nodePools[].disk.type`: tables of fields are checked against it. */
import { clusterSchema } from "../../shared/spec/cluster.ts";
import { type JsonSchema, jsonSchema } from "../../tools/reference/json-schema.ts";

export function specFields(): readonly string[] {
  return fieldsOf(jsonSchema(clusterSchema, "cluster"), "");
}

/** A group is its fields; a choice between a value and a group is both. */
function fieldsOf(schema: JsonSchema, path: string): readonly string[] {
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, child]) =>
      fieldsOf(child, path === "" ? name : `${path}.${name}`),
    );
  }
  if (schema.items?.properties !== undefined) return fieldsOf(schema.items, `${path}[]`);
  const groups = (schema.anyOf ?? []).filter(({ properties }) => properties !== undefined);
  return [path, ...groups.flatMap((group) => fieldsOf(group, path))];
}
