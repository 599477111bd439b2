/** Node pools differ in name, and their numbers, labels and taints make sense together. */
import type { NodePool } from "../cluster.ts";
import { durationMs } from "../duration.ts";
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import { machinesMax, poolMachinesMax, sizeMax } from "../machine-count.ts";
import { JOIN_TIMEOUT_DEFAULT, POOL_SIZE_MAX } from "../schema/node-pool.ts";
import { countOf } from "../share.ts";
import type { RuleInput } from "./rule.ts";

/** Source: https://kubernetes.io/docs/setup/best-practices/cluster-large/ */
const NODES_MAX = 5000;
/** Its machines would be taken for those of the control plane. */
const RESERVED_POOL_NAMES: readonly string[] = ["control-plane"];

export function checkPools({ spec }: RuleInput): FieldError[] {
  return [
    ...spec.nodePools.flatMap((pool, index) => checkPool(pool, index, spec.nodePools)),
    ...checkTotal(spec),
  ];
}

function checkTotal(spec: RuleInput["spec"]): FieldError[] {
  const machines = machinesMax(spec);
  if (machines <= NODES_MAX) return [];
  const reason = `can come to ${machines} machines, and Kubernetes is made for ${NODES_MAX}`;
  return [fieldError(["nodePools"], spec.nodePools, reason, "use smaller pools, or several clusters")];
}

function checkPool(pool: NodePool, index: number, pools: readonly NodePool[]): FieldError[] {
  const path = ["nodePools", index];
  return [
    ...checkName([...path, "name"], pool.name, index, pools),
    ...checkSize([...path, "size"], pool),
    ...checkUpgrade([...path, "upgrade"], pool),
    ...checkJoinTimeout([...path, "repair", "joinTimeout"], pool),
    ...checkTaints([...path, "taints"], pool),
    ...checkLabels([...path, "labels"], pool),
  ];
}

function checkName(path: Path, name: string, index: number, pools: readonly NodePool[]): FieldError[] {
  const first = pools.findIndex((pool) => pool.name === name);
  if (first < index)
    return [
      fieldError(
        path,
        name,
        `is the name of nodePools[${first}] already`,
        "give every pool a name of its own",
      ),
    ];
  if (!RESERVED_POOL_NAMES.includes(name)) return [];
  return [fieldError(path, name, "is kept for the control plane's own machines", "use another name")];
}

function checkSize(path: Path, pool: NodePool): FieldError[] {
  if (typeof pool.size !== "number" && pool.size.min > pool.size.max) {
    const { min, max } = pool.size;
    return [
      fieldError(
        [...path, "min"],
        min,
        `is above max (${max})`,
        `use { min: ${max}, max: ${min} }, or other bounds`,
      ),
    ];
  }
  const machines = poolMachinesMax(pool);
  if (machines <= POOL_SIZE_MAX) return [];
  const reason = `can come to ${machines} machines while upgrading, and a group holds ${POOL_SIZE_MAX}`;
  return [fieldError(path, pool.size, reason, "use a smaller size, or several pools")];
}

function checkUpgrade(path: Path, pool: NodePool): FieldError[] {
  const { strategy, maxSurge, maxUnavailable } = pool.upgrade;
  if (strategy === "in-place") return checkInPlace([...path, "strategy"], pool);
  if (strategy !== "surge") return [];
  const size = sizeMax(pool);
  if (isZero(maxSurge) && isZero(maxUnavailable)) {
    return [
      fieldError(
        [...path, "maxSurge"],
        maxSurge,
        "and maxUnavailable are both 0, so that nothing could ever be replaced",
        "set one of them to 1 or more",
      ),
    ];
  }
  const moves = countOf(maxSurge, size, "up") + countOf(maxUnavailable, size, "down");
  if (size === 0 || moves > 0) return [];
  const reason = `comes to no machine in a pool of ${size}`;
  return [
    fieldError(
      [...path, "maxUnavailable"],
      maxUnavailable,
      reason,
      "write a number of machines, or set maxSurge to 1",
    ),
  ];
}
/** A longer one is for machines that need it, and an upgrade that gives them less would halt for each. The default is not held against anybody. */
function checkJoinTimeout(path: Path, { repair, upgrade }: NodePool): FieldError[] {
  const joinMs = durationMs(repair.joinTimeout);
  if (joinMs <= Math.max(durationMs(JOIN_TIMEOUT_DEFAULT), durationMs(upgrade.readyTimeout))) return [];
  const reason = `is above upgrade.readyTimeout (${upgrade.readyTimeout}), by which a new machine of an upgrade must have joined and be Ready`;
  return [fieldError(path, repair.joinTimeout, reason, "raise upgrade.readyTimeout too, or use less")];
}

/** Their boot data is read at the first boot alone: a restart would change nothing. */
const READS_BOOT_DATA_ONCE: readonly NodePool["os"][] = ["ubuntu-24.04", "flatcar", "fedora-coreos"];
function checkInPlace(path: Path, pool: NodePool): FieldError[] {
  if (!READS_BOOT_DATA_ONCE.includes(pool.os)) return [];
  const reason = `is not possible with ${pool.os}, which reads its boot data only once`;
  return [fieldError(path, "in-place", reason, "use surge or blue-green, or another operating system")];
}
function isZero(share: number | string): boolean {
  return share === 0 || share === "0%";
}

/** Namespaces in which only the control plane's components set taints. */
const COMPONENT_TAINTS = ["node.kubernetes.io", "node.cloudprovider.kubernetes.io"];

function checkTaints(path: Path, pool: NodePool): FieldError[] {
  return pool.taints.flatMap((taint, index) => {
    const same = pool.taints.findIndex(({ key, effect }) => key === taint.key && effect === taint.effect);
    if (same < index) {
      return [
        fieldError(
          [...path, index],
          taint,
          `repeats the key and effect of taints[${same}]`,
          "remove one of the two",
        ),
      ];
    }
    if (!COMPONENT_TAINTS.includes(prefixOf(taint.key))) return [];
    return [
      fieldError(
        [...path, index, "key"],
        taint.key,
        "is in a namespace whose taints Kubernetes sets and removes itself",
        "use a key of your own, like example.com/dedicated",
      ),
    ];
  });
}

function checkLabels(path: Path, pool: NodePool): FieldError[] {
  return Object.keys(pool.labels).flatMap((key) =>
    mayLabel(key)
      ? []
      : [
          fieldError(
            [...path, key],
            pool.labels[key],
            "is in a namespace in which kubelets may not set labels",
            "use a key of your own (example.com/tier), or one under node.kubernetes.io/ or kubelet.kubernetes.io/",
          ),
        ],
  );
}

/** Set by the cloud controller manager; a second opinion would fight it. */
const INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type";

/** Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction */
function mayLabel(key: string): boolean {
  const prefix = prefixOf(key);
  if (!inDomain(prefix, "kubernetes.io") && !inDomain(prefix, "k8s.io")) return true;
  if (key === INSTANCE_TYPE_LABEL) return false;
  return inDomain(prefix, "node.kubernetes.io") || inDomain(prefix, "kubelet.kubernetes.io");
}
function inDomain(prefix: string, domain: string): boolean {
  return prefix === domain || prefix.endsWith(`.${domain}`);
}
function prefixOf(key: string): string {
  const slash = key.indexOf("/");
  return slash < 0 ? "" : key.slice(0, slash);
}
