/** Which changes of an accepted spec are refused, and the way out of each. */
import semver from "semver";
import { formatCidr, parseCidr } from "./cidr.ts";
import type { ClusterSpec } from "./cluster.ts";
import { differences } from "./differences.ts";
import { type FieldError, fieldError, type Path } from "./field-error.ts";
import { fulfils, newestMeant, oldestMeant, versionsBetween } from "./kubernetes-versions.ts";
import { valueAt } from "./value-at.ts";

const NEW_CLUSTER = "make a new cluster with it and move the workloads";

/** Fields that never change, with the way out. */
export const IMMUTABLE: readonly { readonly path: Path; readonly remedy: string }[] = [
  { path: ["name"], remedy: "make a new cluster under the new name" },
  { path: ["engine"], remedy: NEW_CLUSTER },
  { path: ["project"], remedy: NEW_CLUSTER },
  { path: ["region"], remedy: NEW_CLUSTER },
  { path: ["network", "pods"], remedy: NEW_CLUSTER },
  { path: ["network", "services"], remedy: NEW_CLUSTER },
  { path: ["network", "plugin"], remedy: NEW_CLUSTER },
  { path: ["network", "existing"], remedy: NEW_CLUSTER },
  { path: ["controlPlane", "etcd", "disk"], remedy: NEW_CLUSTER },
];
/** Fields that change under a condition, which the reference page states. */
export const CONDITIONAL: readonly { readonly path: Path; readonly condition: string }[] = [
  { path: ["zones"], condition: "as long as no control-plane machine would move" },
  {
    path: ["kubernetes", "version"],
    condition: "upwards, minor by minor; never back",
  },
  {
    path: ["network", "api", "access"],
    condition: "yes; to public it replaces control-plane machines one after another",
  },
  { path: ["network", "nodes"], condition: "it can grow in place (10.10.0.0/20 to /19)" },
  { path: ["controlPlane", "replicas"], condition: "upwards" },
  { path: ["controlPlane", "etcd", "sizeGb"], condition: "upwards" },
];
/** Fields whose change replaces the control-plane machines, one after another. */
export const REPLACES_MEMBERS: readonly Path[] = [
  ["network", "nodesPrivate"],
  ...["machineType", "os", "image", "serviceAccount"].map((field) => ["controlPlane", field]),
];
/** Fields of a node pool whose change replaces its machines. */
export const REPLACES_MACHINES: readonly Path[] = [
  "machineType",
  "os",
  "image",
  "disk",
  "spot",
  "accelerators",
  "labels",
  "taints",
  "serviceAccount",
].map((field) => ["nodePools", field]);

/** Of those, what a machine takes when it restarts. */
const TAKEN_BY_RESTART: readonly string[] = ["machineType"];

/** Fields of a node pool that make it another pool. */
const ANOTHER_POOL: Readonly<Record<string, string>> = {
  "nodePools.name": "no: another name makes another pool",
  "nodePools.zones": "no: other zones make another pool",
};

/**
 * Both specs are accepted ones. `runningVersion` is the exact Kubernetes version that the cluster runs, when known: a
 * wish such as "1.36" alone does not say which patch it came to.
 */
export function forbiddenChanges(
  before: ClusterSpec,
  after: ClusterSpec,
  runningVersion?: string,
): FieldError[] {
  return [
    ...IMMUTABLE.flatMap(({ path, remedy }) => unchanged(before, after, path, remedy)),
    ...checkControlPlaneZones(before, after),
    ...checkVersion(before, after, runningVersion),
    ...checkNodesRange(before, after),
    ...checkReplicas(before, after),
    ...checkEtcdSize(before, after),
    ...checkPoolZones(before, after),
    ...checkPoolsInPlace(before, after),
  ];
}

function unchanged(before: ClusterSpec, after: ClusterSpec, path: Path, remedy: string): FieldError[] {
  return differences(valueAt(before, path), valueAt(after, path), path).map((difference) =>
    fieldError(
      difference.path,
      difference.after,
      `cannot change (it is ${JSON.stringify(difference.before) ?? "not set"})`,
      `set it back, or ${remedy}`,
    ),
  );
}

/** Control-plane machines go round the zones in order; their disks cannot leave a zone. */
function checkControlPlaneZones(before: ClusterSpec, after: ClusterSpec): FieldError[] {
  if (before.region !== after.region) return [];
  const members = Math.min(before.controlPlane.replicas, after.controlPlane.replicas);
  for (let member = 0; member < members; member += 1) {
    const from = controlPlaneZone(before, member);
    const to = controlPlaneZone(after, member);
    if (from === to) continue;
    const reason = `would move control-plane machine ${member} from ${from} to ${to}, away from its disk`;
    const remedy = `keep ${before.zones.join(", ")} at the beginning, and choose zones for each pool instead`;
    return [fieldError(["zones"], after.zones, reason, remedy)];
  }
  return [];
}

/** The zone of a control-plane machine, by member index from 0. */
export function controlPlaneZone(spec: Pick<ClusterSpec, "zones">, member: number): string {
  const zone = spec.zones[member % spec.zones.length];
  if (zone === undefined) throw new RangeError("a spec without zones was accepted");
  return zone;
}

function checkVersion(before: ClusterSpec, after: ClusterSpec, runningVersion?: string): FieldError[] {
  const wish = after.kubernetes.version;
  if (before.kubernetes.version === wish) return [];
  const path = ["kubernetes", "version"];
  const running = runningVersion ?? oldestMeant(before.kubernetes.version);
  const newest = newestMeant(wish);
  if (running === undefined || newest === undefined) return [];
  if (semver.lt(newest, running)) {
    return [
      fieldError(
        path,
        wish,
        `is older than ${running}, which runs; there is no way back from an upgrade`,
        `use "${minorOf(running)}" or newer`,
      ),
    ];
  }
  const way = fulfils(running, wish) ? [] : versionsBetween(running, newest);
  if (way !== undefined) return [];
  const reason = `cannot be reached from ${running}, which runs, minor by minor: not every minor between is known`;
  return [fieldError(path, wish, reason, `set it back, or ${NEW_CLUSTER}`)];
}
function minorOf(version: string): string {
  return `1.${semver.minor(version)}`;
}

function checkNodesRange(before: ClusterSpec, after: ClusterSpec): FieldError[] {
  const from = parseCidr(before.network.nodes);
  const to = parseCidr(after.network.nodes);
  if (from === undefined || to === undefined || (from.first === to.first && to.prefix <= from.prefix))
    return [];
  const larger = formatCidr({ ...from, prefix: Math.max(0, from.prefix - 1) });
  const canGrow = parseCidr(larger)?.first === from.first;
  const remedy = canGrow ? `set it back, or grow it from the same address, like ${larger}` : "set it back";
  return [
    fieldError(
      ["network", "nodes"],
      after.network.nodes,
      `cannot shrink or move (it is ${before.network.nodes})`,
      remedy,
    ),
  ];
}

function checkReplicas(before: ClusterSpec, after: ClusterSpec): FieldError[] {
  const { replicas } = before.controlPlane;
  if (after.controlPlane.replicas >= replicas) return [];
  return [
    fieldError(
      ["controlPlane", "replicas"],
      after.controlPlane.replicas,
      `cannot shrink (it is ${replicas}): taking members from etcd endangers it`,
      `set it back, or ${NEW_CLUSTER}`,
    ),
  ];
}

function checkEtcdSize(before: ClusterSpec, after: ClusterSpec): FieldError[] {
  const { sizeGb } = before.controlPlane.etcd;
  if (after.controlPlane.etcd.sizeGb >= sizeGb) return [];
  return [
    fieldError(
      ["controlPlane", "etcd", "sizeGb"],
      after.controlPlane.etcd.sizeGb,
      `cannot shrink (it is ${sizeGb})`,
      "set it back; disks only grow",
    ),
  ];
}

/** The zones of a managed group are fixed when it is made. */
function checkPoolZones(before: ClusterSpec, after: ClusterSpec): FieldError[] {
  if (before.region !== after.region) return [];
  return after.nodePools.flatMap((pool, index) => {
    const zones = before.nodePools.find(({ name }) => name === pool.name)?.zones;
    if (zones === undefined || sameMembers(zones, pool.zones)) return [];
    const kept = `set zones: [${zones.join(", ")}] for pool ${pool.name}`;
    return [
      fieldError(
        ["nodePools", index, "zones"],
        pool.zones,
        `cannot change (the machines of pool ${pool.name} are spread over ${zones.join(", ")})`,
        `${kept}; for machines in other zones add another pool with them, then remove this one`,
      ),
    ];
  });
}
function sameMembers(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}

/** What happens to an existing cluster when a field changes; `path` as in `["nodePools[]", "machineType"]`. */
export function changeOf(path: readonly string[]): string {
  const at = path.map((part) => part.replace("[]", ""));
  const covers = (field: Path) =>
    field.length <= at.length && field.every((name, index) => name === at[index]);
  const anotherPool = ANOTHER_POOL[at.join(".")];
  if (anotherPool !== undefined) return anotherPool;
  if (IMMUTABLE.some((field) => covers(field.path))) return "no";
  const conditional = CONDITIONAL.find((field) => covers(field.path));
  if (conditional !== undefined) return conditional.condition;
  if (REPLACES_MEMBERS.some(covers)) return "yes, replaces control-plane machines one after another";
  return REPLACES_MACHINES.some(covers) ? "yes, replaces machines" : "yes";
}

/** A pool whose machines stay cannot have what only other machines have. */
function checkPoolsInPlace(before: ClusterSpec, after: ClusterSpec): FieldError[] {
  return after.nodePools.flatMap((pool, index) => {
    const was = before.nodePools.find(({ name }) => name === pool.name);
    if (was === undefined || pool.upgrade.strategy !== "in-place") return [];
    return REPLACES_MACHINES.flatMap(([, field]) => {
      const key = String(field);
      if (TAKEN_BY_RESTART.includes(key)) return [];
      const [one, other] = [valueAt(was, [key]), valueAt(pool, [key])];
      return differences(one, other, [key]).length === 0
        ? []
        : [
            fieldError(
              ["nodePools", index, key],
              other,
              "cannot change while upgrade.strategy is in-place, for it needs other machines",
              "set upgrade.strategy to surge or blue-green together with it",
            ),
          ];
    });
  });
}
