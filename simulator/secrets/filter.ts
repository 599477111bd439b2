/** The filter of Secret Manager's lists: `labels.team=web AND name:shop`. */
import { Refusal } from "../refusal.ts";

export interface Filterable {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state?: string;
}

/**
 * Pure. Terms joined by AND; `=` is equality, `:` is "contains", and `labels.key:*` asks for the label's presence.
 * Source: https://cloud.google.com/secret-manager/docs/filtering. OR, NOT and brackets are not modelled.
 * @throws Refusal
 */
export function parseSecretFilter(filter: string): (item: Filterable) => boolean {
  if (filter.trim() === "") return () => true;
  const terms = filter
    .trim()
    .split(/\s+AND\s+|\s+(?=\S+[=:])/)
    .map(term);
  return (item) => terms.every((matches) => matches(item));
}

function term(text: string): (item: Filterable) => boolean {
  const match = /^(name|state|labels\.[a-z0-9_-]+)\s*(=|:)\s*"?([^"()]*)"?$/.exec(text.trim());
  const [, field = "", operator, wanted = ""] = match ?? [];
  if (match === null)
    throw new Refusal(
      400,
      `Invalid filter: ${text}. The simulated cloud understands name, state and labels.KEY with = or :, joined by AND.`,
    );
  return (item) => {
    const value = fieldValue(item, field);
    if (value === undefined) return false;
    if (operator === "=") return value === wanted;
    return wanted === "*" || value.includes(wanted);
  };
}

function fieldValue(item: Filterable, field: string): string | undefined {
  if (field === "name") return item.name;
  if (field === "state") return item.state;
  return item.labels[field.slice("labels.".length)];
}
