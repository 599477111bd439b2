/** Writes the page of all fields of some JSON Schemas: type, default, meaning, and whether each can change. */
import type { JsonSchema } from "./json-schema.ts";

export type Change = (path: readonly string[]) => string;
interface Row {
  /** Lists end in `[]`: `["nodePools[]", "name"]`. */
  readonly path: readonly string[];
  readonly schema: JsonSchema;
  readonly required: boolean;
}

export const NOTE = "<!-- Made from the schemas by tools/reference.ts. Do not edit. -->";

/** `documents`: heading and schema; with an empty heading the schema's own sections become headings. */
export function renderPage(
  title: string,
  opening: string,
  documents: readonly (readonly [string, JsonSchema])[],
  change?: Change,
): string {
  const parts = documents.flatMap(([heading, schema]) =>
    heading === "" ? bySection(schema, change) : [`## ${heading}`, table(rowsOf(schema, [], ""), change)],
  );
  return `${[`# ${title}`, NOTE, opening, ...parts].join("\n\n")}\n`;
}

function bySection(schema: JsonSchema, change: Change | undefined): string[] {
  const rows = rowsOf(schema, [], "");
  const own = rows.filter(({ path, schema }) => path.length === 1 && !isGroup(schema));
  const groups = Object.entries(schema.properties ?? {}).filter(([, child]) => isGroup(child));
  return [
    "## The cluster",
    table(own, change),
    ...groups.flatMap(([name, child]) => {
      const below = rows.filter(({ path }) => path.length > 1 && path[0]?.replace("[]", "") === name);
      return [`## ${name}`, child.description ?? "", table(below, change)];
    }),
  ];
}

function isGroup(schema: JsonSchema): boolean {
  return schema.properties !== undefined || schema.items?.properties !== undefined;
}

/** Depth first, in the order of the schema. A group has no row of its own unless it can be left out as a whole. */
function rowsOf(schema: JsonSchema, path: readonly string[], suffix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const at = [...path, `${name}${suffix}`];
    const required = schema.required?.includes(name) === true;
    return [{ path: at, schema: child, required }, ...below(child, at)];
  });
}
function below(schema: JsonSchema, path: readonly string[]): Row[] {
  if (schema.properties !== undefined) return rowsOf(schema, path, "");
  const list = [...path.slice(0, -1), `${path.at(-1)}[]`];
  if (schema.items?.properties !== undefined) return rowsOf(schema.items, list, "");
  return (schema.anyOf ?? []).flatMap((branch) =>
    branch.properties === undefined ? [] : rowsOf(branch, path, ""),
  );
}

function table(rows: readonly Row[], change: Change | undefined): string {
  const head =
    change === undefined
      ? ["Field", "Type", "Meaning"]
      : ["Field", "Type", "Default", "Meaning", "Can it change"];
  const lines = rows.map((row) => {
    const field = `\`${row.path.join(".")}\``;
    const meaning = row.schema.description ?? "";
    if (change === undefined) return [field, typeOf(row.schema), meaning];
    return [
      field,
      typeOf(row.schema),
      defaultOf(row),
      meaning,
      isGroup(row.schema) ? "see its fields" : change(row.path),
    ];
  });
  return [head, head.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.map(cell).join(" | ")} |`)
    .join("\n");
}
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function defaultOf({ schema, required }: Row): string {
  if (required) return "must be said";
  if (schema.default === undefined || isGroup(schema)) return "";
  return `\`${JSON.stringify(schema.default)}\``;
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "array")
    return `list of ${schema.items === undefined ? "anything" : typeOf(schema.items)}`;
  if (schema.type === "integer") return `whole number${bounds(schema)}`;
  if (schema.type === "string")
    return schema.pattern?.includes("d)?")
      ? "duration"
      : schema.pattern?.endsWith("%$")
        ? "percentage"
        : "text";
  if (schema.type === "boolean") return "true or false";
  if (schema.type === "object")
    return schema.properties === undefined ? "group of texts by name" : "group of fields";
  if (typeof schema.type === "object")
    return schema.type.map((type) => typeOf({ ...schema, type })).join(" or ");
  return schema.type ?? "anything";
}
function bounds({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined || maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return "";
  return ` ${minimum}–${maximum}`;
}
