/** Does the server hold what we want? Desired fields as a subset of what is there, so that the server's defaults never look like drift. */

/** Fields that the server keeps for itself, or that only go in. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "status",
  "stringData",
  "creationTimestamp",
  "managedFields",
]);
/** What identifies an element of a list that several writers share. Source: the API's x-kubernetes-list-map-keys. */
const ELEMENT_KEYS = ["name", "containerPort", "port", "mountPath", "key", "ip", "topologyKey"] as const;
/** Under these, strings are quantities, which the server rewrites: "0.5" becomes "500m". */
const QUANTITY_PARENTS: ReadonlySet<string> = new Set([
  "requests",
  "limits",
  "hard",
  "capacity",
  "default",
  "defaultRequest",
  "max",
  "min",
]);

type Fields = Readonly<Record<string, unknown>>;

/** The path of the first desired field that is missing or different, such as `spec.replicas`; undefined when all is there. */
export function firstDifference(desired: unknown, observed: unknown): string | undefined {
  return differenceAt(desired, observed, "", "");
}

function differenceAt(desired: unknown, observed: unknown, path: string, parent: string): string | undefined {
  if (isEmpty(desired) && isEmpty(observed)) return undefined;
  if (Array.isArray(desired)) return listDifference(desired, observed, path);
  if (isFields(desired)) return fieldsDifference(desired, observed, path);
  if (desired === observed) return undefined;
  if (QUANTITY_PARENTS.has(parent) && sameQuantity(desired, observed)) return undefined;
  return path;
}

function fieldsDifference(desired: Fields, observed: unknown, path: string): string | undefined {
  if (!isFields(observed)) return path;
  const parent = path.split(".").at(-1) ?? "";
  for (const [key, value] of Object.entries(desired)) {
    if (NOT_COMPARED.has(key)) continue;
    const inner = path === "" ? key : `${path}.${key}`;
    const difference = differenceAt(value, observed[key], inner, parent);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function listDifference(desired: readonly unknown[], observed: unknown, path: string): string | undefined {
  if (!Array.isArray(observed)) return path;
  const key = elementKey(desired);
  // Lists of plain values, and of maps that nothing identifies, belong to one writer: element by element.
  if (key === undefined && desired.length !== observed.length) return path;
  for (const [index, element] of desired.entries()) {
    const twin = key === undefined ? observed[index] : elementLike(observed, key, element);
    const difference = differenceAt(element, twin, `${path}[${index}]`, "");
    if (difference !== undefined) return difference;
  }
  return undefined;
}
/** The first key that every element has, each with a value of its own. */
function elementKey(list: readonly unknown[]): string | undefined {
  return ELEMENT_KEYS.find((key) => {
    const values = list.map((element) => (isFields(element) ? element[key] : undefined));
    return !values.includes(undefined) && new Set(values).size === values.length;
  });
}
function elementLike(list: readonly unknown[], key: string, element: unknown): unknown {
  const wanted = isFields(element) ? element[key] : undefined;
  return list.find((other) => isFields(other) && other[key] === wanted);
}

/** The server drops what is empty or zero, and fills some of it in again. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.keys(value).length === 0;
}
function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
function sameQuantity(one: unknown, other: unknown): boolean {
  const [left, right] = [quantity(one), quantity(other)];
  return left !== undefined && right !== undefined && Math.abs(left - right) <= Math.abs(left) * 1e-12;
}
function quantity(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const [, digits, suffix] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(value) ?? [];
  const factor = suffix === undefined ? undefined : SUFFIXES[suffix];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
