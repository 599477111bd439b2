/** Query parameters of a request by JSON name, checked against the method's request type. */
import type { ApiDefinition, Field, HttpRule } from "./definitions.ts";
import { badField } from "./errors.ts";

/**
 * Pure. Unknown parameters are ignored, as Google's front end ignores them; a list's values are joined by commas.
 * @throws Refusal for a value of the wrong type or a required parameter that is missing
 */
export function queryParams(
  api: ApiDefinition,
  requestType: string,
  rule: HttpRule,
  pathParams: Readonly<Record<string, string>>,
  query: URLSearchParams,
): Readonly<Record<string, string>> {
  const fields = api.messages.get(requestType)?.fields ?? new Map<string, Field>();
  const params: Record<string, string> = { ...pathParams };
  for (const key of new Set(query.keys())) {
    // Fields within fields (`secret.labels`) are named by their dotted path; only the first part is checked.
    const field = fields.get(key.split(".")[0] ?? key);
    if (field === undefined || params[key] !== undefined || rule.body === "*") continue;
    params[key] = query
      .getAll(key)
      .map((text) => parameter(api, field, key, text))
      .join(",");
  }
  for (const field of fields.values())
    if (field.required && isParameter(rule, field, pathParams) && params[field.name] === undefined)
      throw badField(field.name, `Required field '${field.name}' not specified`);
  return params;
}

/** A required field is asked for here unless the path or the body carries it. */
function isParameter(rule: HttpRule, field: Field, pathParams: Readonly<Record<string, string>>): boolean {
  if (rule.body === "*" || rule.body === field.name) return false;
  return !Object.keys(pathParams).some((name) => name.split(".")[0] === field.name);
}

function parameter(api: ApiDefinition, field: Field, name: string, text: string): string {
  const invalid = (): Error => badField(name, `Invalid value for field '${name}': '${text}'.`);
  switch (field.type) {
    case "bool": {
      const value = text.toLowerCase();
      if (value === "true" || value === "1") return "true";
      if (value === "false" || value === "0" || value === "") return "false";
      throw invalid();
    }
    case "int32":
    case "uint32":
    case "int64":
    case "uint64":
      if (!/^-?\d+$/.test(text)) throw invalid();
      return text;
    default: {
      const values = api.enums.get(field.type);
      if (values === undefined || values.has(text)) return text;
      for (const [known, number] of values) if (String(number) === text) return known;
      throw invalid();
    }
  }
}
