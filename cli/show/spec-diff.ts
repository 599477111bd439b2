/** What a new spec changes, field by field, and what each change does to machines. Pure. */
import { changeOf } from "../../shared/spec/change.ts";
import type { ClusterSpec } from "../../shared/spec/cluster.ts";
import { differences } from "../../shared/spec/differences.ts";
import { formatPath, type Path, showValue } from "../../shared/spec/field-error.ts";
import { color } from "./color.ts";
import { counted } from "./text.ts";

/** Both with their defaults. Empty when they say the same. */
export function diffLines(before: ClusterSpec, after: ClusterSpec): readonly string[] {
  const { nodePools: poolsBefore, ...restBefore } = before;
  const { nodePools: poolsAfter, ...restAfter } = after;
  const names = [...new Set([...poolsBefore, ...poolsAfter].map(({ name }) => name))];
  const pools = names.flatMap((name) => {
    const from = poolsBefore.find((pool) => pool.name === name);
    const to = poolsAfter.find((pool) => pool.name === name);
    if (from === undefined) return to === undefined ? [] : [added(name, poolText(to))];
    if (to === undefined) return [removed(name, poolText(from))];
    return differences(from, to).map((one) =>
      line(`nodePools[${name}].${formatPath(one.path)}`, one, ["nodePools", ...one.path], to),
    );
  });
  return [
    ...differences(restBefore, restAfter).map((one) => line(formatPath(one.path), one, one.path)),
    ...pools,
  ];
}

function added(name: string, text: string): string {
  return `${color.green("+")} nodePools[${name}]: ${text}`;
}
function removed(name: string, text: string): string {
  return `${color.red("-")} nodePools[${name}]: ${text} ${color.yellow("(its machines are drained and deleted)")}`;
}

function line(
  field: string,
  { before, after }: { readonly before: unknown; readonly after: unknown },
  path: Path,
  pool?: ClusterSpec["nodePools"][number],
): string {
  const effect = changeOf(path.map(String).filter((part) => !/^\d+$/.test(part)));
  const replaced = REPLACED[effect];
  const verb = pool?.upgrade.strategy === "in-place" ? "restarts" : "replaces";
  const note = replaced === undefined ? "" : ` ${color.yellow(`(${verb} ${replaced})`)}`;
  return `${color.yellow("~")} ${field}: ${valueText(before)} → ${valueText(after)}${note}`;
}

const REPLACED: Readonly<Record<string, string>> = {
  "yes, replaces machines": "the pool's machines",
  "yes, replaces control-plane machines one after another": "the control-plane machines, one after another",
  "upwards, minor by minor; never back": "machines where it is an upgrade, the control plane's first",
};
const VALUE_MAX = 100;
function valueText(value: unknown): string {
  if (value === undefined) return "not set";
  const json = JSON.stringify(value);
  return json.length <= VALUE_MAX ? json : showValue(value);
}

/** What a new cluster would be, in a few lines. */
export function specLines(spec: ClusterSpec): readonly string[] {
  const { controlPlane, network, kubernetes } = spec;
  return [
    `Kubernetes ${kubernetes.version} in ${spec.region} (${spec.zones.join(", ")}), project ${spec.project}`,
    `control plane: ${counted(controlPlane.replicas, "machine")} ${controlPlane.machineType}, ${controlPlane.os ?? controlPlane.image}`,
    ...spec.nodePools.map((pool) => `node pool ${pool.name}: ${poolText(pool)}`),
    `network: ${network.plugin}, machines ${network.nodes}, pods ${network.pods}, services ${network.services}, API ${network.api.access}`,
  ].map((text) => `${color.green("+")} ${text}`);
}

function poolText(pool: ClusterSpec["nodePools"][number]): string {
  const size =
    typeof pool.size === "number"
      ? counted(pool.size, "machine")
      : `${pool.size.min} to ${pool.size.max} machines`;
  return `${size} ${pool.machineType}, ${pool.os ?? pool.image}${pool.spot ? ", spot" : ""}`;
}
