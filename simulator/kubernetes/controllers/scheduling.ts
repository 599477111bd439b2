/** Whether a pod may run on a node: selectors, affinity, taints and what is left of its resources. All pure. */
import { remembered } from "../../remembered.ts";
import { matchesExpression } from "../api/selectors.ts";
import { derived } from "../objects/common.ts";
import type { Node, NodeSelectorTerm, Pod, PodSpec, Taint, Toleration } from "../objects/object.ts";

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== "" && toleration.effect !== taint.effect)
    return false;
  if (toleration.key !== undefined && toleration.key !== "" && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return (toleration.key ?? "") !== "" && (toleration.value ?? "") === (taint.value ?? "");
}
export function untolerated(
  spec: PodSpec,
  taints: readonly Taint[],
  effects: readonly string[],
): Taint | undefined {
  const tolerations = spec.tolerations ?? [];
  return taints.find(
    (taint) => effects.includes(taint.effect) && !tolerations.some((each) => tolerates(each, taint)),
  );
}

function termMatches(term: NodeSelectorTerm, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const fields = { "metadata.name": node.metadata.name };
  const expressions = term.matchExpressions ?? [];
  const byField = term.matchFields ?? [];
  if (expressions.length === 0 && byField.length === 0) return false;
  return (
    expressions.every((each) => matchesExpression(each, labels)) &&
    byField.every((each) => matchesExpression(each, fields))
  );
}
/** nodeSelector and required node affinity. */
export function selects(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => termMatches(term, node));
}
/** The one node that the pod names (as pods of DaemonSets do), so that no others need be looked at. */
export function namedNode(spec: PodSpec): string | undefined {
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const field =
    terms?.length === 1 ? terms[0]?.matchFields?.find(({ key }) => key === "metadata.name") : undefined;
  return field?.operator === "In" && field.values?.length === 1 ? field.values[0] : undefined;
}

const SUFFIXES: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const read = remembered((text): number => {
  const [, digits = "", suffix = ""] = /^([0-9.]+)([A-Za-z]*)$/.exec(text) ?? [];
  const scale = suffix === "" ? 1 : SUFFIXES[suffix];
  return digits === "" || scale === undefined ? Number.NaN : Number(digits) * scale;
});
/** `500m`, `2Gi`, `3` as a number; NaN for what is not a quantity. */
export function quantity(text: string | number): number {
  return read(String(text));
}

export type Amounts = Record<string, number>;
const requestsOfContainers = derived((containers: PodSpec["containers"]): Amounts => {
  const sum: Amounts = { pods: 1 };
  for (const { resources } of containers)
    for (const [name, amount] of Object.entries(resources?.requests ?? resources?.limits ?? {}))
      sum[name] = (sum[name] ?? 0) + quantity(amount);
  return sum;
});
/** What a pod asks for, one pod included. */
export function requestsOf(spec: PodSpec): Readonly<Amounts> {
  return requestsOfContainers(spec.containers);
}
/** The resources that do not fit, as the scheduler names them: `Insufficient cpu`. */
export function lacking(
  wanted: Readonly<Amounts>,
  used: Readonly<Amounts>,
  allocatable: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(wanted)
    .filter(
      ([name, amount]) =>
        amount > 0 && (used[name] ?? 0) + amount > quantity(allocatable[name] ?? "0") + 1e-9,
    )
    .map(([name]) => (name === "pods" ? "Too many pods" : `Insufficient ${name}`));
}
export function usedOn(pods: readonly Pod[]): Amounts {
  const used: Amounts = {};
  for (const pod of pods) {
    if (pod.status.phase === "Succeeded" || pod.status.phase === "Failed") continue;
    for (const [name, amount] of Object.entries(requestsOf(pod.spec)))
      used[name] = (used[name] ?? 0) + amount;
  }
  return used;
}

const SCHEDULING_EFFECTS = ["NoSchedule", "NoExecute"];
/** Why a pod cannot go to a node, in the scheduler's words, or undefined when it can. */
export function obstacle(pod: Pod, node: Node, podsThere: readonly Pod[]): string | undefined {
  if (
    node.spec.unschedulable === true &&
    untolerated(pod.spec, [UNSCHEDULABLE], SCHEDULING_EFFECTS) !== undefined
  )
    return "node(s) were unschedulable";
  const taint = untolerated(pod.spec, node.spec.taints ?? [], SCHEDULING_EFFECTS);
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
  if (!selects(pod.spec, node)) return "node(s) didn't match Pod's node affinity/selector";
  return lacking(requestsOf(pod.spec), usedOn(podsThere), node.status.allocatable ?? {})[0];
}
const UNSCHEDULABLE: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
