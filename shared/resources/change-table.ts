/** What a difference between wanted and found means, field by field, as a table that the compiler keeps complete. */

/** How a field of a resource changes. `V` is the verb of a custom method. */
export type FieldRule<R, V extends string> =
  /** In place, by a merge patch. */
  | (Comparison<R> & { readonly change: "patch" })
  /** In place, by a method of its own. */
  | (Comparison<R> & {
      readonly change: "call";
      readonly verb: V;
      readonly body: (wanted: R, found: R) => Readonly<Record<string, unknown>>;
    })
  /** Deleted and made anew: only where nothing is lost by it. */
  | (Comparison<R> & { readonly change: "replace" })
  /** Cannot change: a person must decide. */
  | (Comparison<R> & { readonly change: "refuse"; readonly wayOut: string })
  /** Could change, but not by this version. */
  | (Comparison<R> & { readonly change: "unsupported"; readonly wayOut: string })
  /** The server's, or somebody else's. */
  | { readonly change: "ignored" };

interface Comparison<R> {
  /** What the server has when nothing was sent; compared when the wanted resource leaves the field out. */
  readonly otherwise?: unknown;
  /** Instead of "everything wanted is there". */
  readonly same?: (wanted: unknown, found: unknown, resource: R) => boolean;
}

/** Every field has a rule; a new field does not compile without one. */
export type ChangeTable<R, V extends string> = { readonly [F in keyof R]-?: FieldRule<R, V> };

export const IGNORED = { change: "ignored" } as const;
export const PATCH = { change: "patch" } as const;
export const REPLACE = { change: "replace" } as const;
export function refuse(wayOut: string): { readonly change: "refuse"; readonly wayOut: string } {
  return { change: "refuse", wayOut };
}
/** Name, id and the like: they identify a resource and are never compared. The marker is checked by owner.ts. */
export const IDENTITY = {
  name: IGNORED,
  id: IGNORED,
  selfLink: IGNORED,
  creationTimestamp: IGNORED,
  description: IGNORED,
} as const;

export type ActiveRule<R, V extends string> = Exclude<FieldRule<R, V>, { readonly change: "ignored" }>;
export interface Difference<R, V extends string> {
  readonly field: string;
  readonly rule: ActiveRule<R, V>;
  readonly wanted: unknown;
  readonly found: unknown;
}

/** The fields that differ, in the table's order. Fields in `except` belong to others for this resource. */
export function differences<R extends object, V extends string>(
  table: ChangeTable<R, V>,
  wanted: R,
  found: R,
  except: readonly string[] = [],
): readonly Difference<R, V>[] {
  return Object.keys(table).flatMap((name) => {
    const field = name as keyof R & string;
    const rule: FieldRule<R, V> = table[field];
    if (rule.change === "ignored" || except.includes(field)) return [];
    const want: unknown = wanted[field] ?? rule.otherwise;
    const same = rule.same ?? includes;
    if (want === undefined || same(want, found[field], found)) return [];
    return [{ field, rule, wanted: want, found: found[field] }];
  });
}

/**
 * Whether everything wanted is found, as the API compares: resource URLs by path, numbers as their decimal text
 * (int64 travels as a string), lists in any order, absent like empty. What the server adds does not count.
 */
export function includes(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted)) return sameElements(wanted, Array.isArray(found) ? found : []);
  if (isObject(wanted)) {
    const within = isObject(found) ? found : {};
    return Object.entries(wanted).every(
      ([key, value]) => value === undefined || includes(value, within[key]),
    );
  }
  return scalar(wanted) === scalar(found);
}

function sameElements(wanted: readonly unknown[], found: readonly unknown[]): boolean {
  if (wanted.length !== found.length) return false;
  const left = [...found];
  return wanted.every((value) => {
    const at = left.findIndex((candidate) => includes(value, candidate));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function scalar(value: unknown): string {
  if (value === undefined || value === null || value === false || value === 0) return "";
  return pathOf(String(value));
}

/** A resource URL without its host and version; anything else as it is. */
export function pathOf(text: string): string {
  return /^https:\/\/[^/]+\/compute\/[^/]+\/(projects\/.+)$/.exec(text)?.[1] ?? text;
}

/** Longest text of a value in a reason. */
const SHOWN_MAX = 120;

/** For people: `sourceRanges is [0.0.0.0/0], wanted [10.10.0.0/20]`; `labels not set yet`. */
export function sentence(difference: Pick<Difference<object, string>, "field" | "wanted" | "found">): string {
  // What is in a whole group says less than that the group is not there.
  const absent = difference.found === undefined || difference.found === null;
  if (absent && isObject(difference.wanted)) return `${difference.field} not set yet`;
  const [found, wanted] = [shown(difference.found, nameOf), shown(difference.wanted, nameOf)];
  if (found !== wanted) return `${difference.field} is ${found}, wanted ${wanted}`;
  // They differ where names do not say it: in project or place.
  return `${difference.field} is ${shown(difference.found, pathOf)}, wanted ${shown(difference.wanted, pathOf)}`;
}

/** `projects/p/global/instanceTemplates/t` → `instanceTemplates/t`; anything else as it is. */
function nameOf(text: string): string {
  const path = pathOf(text);
  return /^projects\/.*?([^/]+\/[^/]+)$/.exec(path)?.[1] ?? path;
}

type Tell = (text: string) => string;
function shown(value: unknown, tell: Tell): string {
  const text = value === undefined || value === null ? "not set" : compact(value, tell);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

function compact(value: unknown, tell: Tell): string {
  if (Array.isArray(value)) return `[${value.map((one) => compact(one, tell)).join(", ")}]`;
  if (!isObject(value)) return tell(String(value));
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${fields.map(([key, inner]) => `${key}: ${compact(inner, tell)}`).join(", ")}}`;
}
