/** How lists of Kubernetes objects merge: by which key their items are told apart, or as a whole. */

export type ListKind =
  | { readonly kind: "map"; readonly keys: readonly string[] }
  | { readonly kind: "set" }
  | { readonly kind: "atomic" };

const ATOMIC: ListKind = { kind: "atomic" };
const SET: ListKind = { kind: "set" };
const by = (...keys: string[]): ListKind => ({ kind: "map", keys });

// The listType/listMapKey markers of k8s.io/api, by the field's name; `ports` and `addresses` depend on their items.
const LISTS: Readonly<Record<string, ListKind>> = {
  containers: by("name"),
  initContainers: by("name"),
  ephemeralContainers: by("name"),
  env: by("name"),
  volumes: by("name"),
  volumeMounts: by("mountPath"),
  volumeDevices: by("devicePath"),
  imagePullSecrets: by("name"),
  secrets: by("name"),
  hostAliases: by("ip"),
  topologySpreadConstraints: by("topologyKey", "whenUnsatisfiable"),
  ownerReferences: by("uid"),
  conditions: by("type"),
  podIPs: by("ip"),
  hostIPs: by("ip"),
  resourceClaims: by("name"),
  schedulingGates: by("name"),
  webhooks: by("name"),
  finalizers: SET,
  podCIDRs: SET,
};

/** Strategic merge differs from server-side apply here: these merge by one key only. */
const STRATEGIC_KEYS: Readonly<Record<string, string>> = {
  topologySpreadConstraints: "topologyKey",
  taints: "key",
};

function hasField(items: readonly unknown[], field: string): boolean {
  return items.some((item) => typeof item === "object" && item !== null && field in item);
}

export function listKind(field: string, ...lists: readonly (readonly unknown[])[]): ListKind {
  const items = lists.flat();
  if (field === "ports" && hasField(items, "containerPort")) return by("containerPort", "protocol");
  if (field === "ports" && hasField(items, "port")) return by("port", "protocol");
  if (field === "addresses" && hasField(items, "address")) return by("type");
  if (field === "secrets" && !hasField(items, "name")) return ATOMIC;
  return LISTS[field] ?? ATOMIC;
}

/** The key of a strategic merge, or undefined when the list is replaced as a whole. */
export function strategicKey(field: string, ...lists: readonly (readonly unknown[])[]): string | undefined {
  if (STRATEGIC_KEYS[field] !== undefined) return STRATEGIC_KEYS[field];
  const kind = listKind(field, ...lists);
  return kind.kind === "map" ? kind.keys[0] : undefined;
}

// Keys that the server fills in when an item does not give them.
const KEY_DEFAULTS: Readonly<Record<string, unknown>> = { protocol: "TCP" };

/** The identity of an item in a map list. */
export function itemKey(item: unknown, keys: readonly string[]): Record<string, unknown> {
  const fields = (item ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    keys.map((key) => [key, fields[key] ?? KEY_DEFAULTS[key]]).filter(([, value]) => value !== undefined),
  );
}
