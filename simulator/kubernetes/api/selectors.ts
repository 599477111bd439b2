/** Label and field selectors: parsed once, then asked of objects. */
import { remembered } from "../../remembered.ts";
import type { KubeObject, LabelSelector } from "../objects/object.ts";
import { badRequest } from "../objects/status.ts";

export type Predicate = (object: KubeObject) => boolean;
type Labels = Readonly<Record<string, string>>;
type LabelTest = (labels: Labels) => boolean;

const SET_BASED = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/;
const EQUALITY = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/;
const EXISTENCE = /^(!?)\s*([A-Za-z0-9./_-]+)$/;

function labelTest(term: string): LabelTest {
  const set = SET_BASED.exec(term);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    if (operator === "in") return (labels) => labels[key] !== undefined && values.has(labels[key]);
    return (labels) => labels[key] === undefined || !values.has(labels[key]);
  }
  const equality = EQUALITY.exec(term);
  if (equality !== null) {
    const [, key = "", operator, value = ""] = equality;
    return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const existence = EXISTENCE.exec(term);
  if (existence === null)
    throw badRequest(
      `unable to parse requirement: found '${term}', expected: !, identifier, or 'end of string'`,
    );
  const [, not, key = ""] = existence;
  return (labels) => (labels[key] !== undefined) === (not === "");
}

/** Splits at commas outside of parentheses. */
function termsOf(selector: string): readonly string[] {
  return (selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? [])
    .map((term) => term.trim())
    .filter((term) => term !== "");
}

export const parseLabelSelector = remembered((selector): Predicate => {
  const tests = termsOf(selector).map(labelTest);
  return (object) => tests.every((test) => test(object.metadata.labels ?? NO_LABELS));
});
const NO_LABELS: Labels = {};

/** A selector as objects carry it. An empty one matches everything; an absent one nothing. */
export function matchesLabelSelector(
  selector: LabelSelector | undefined,
  labels: Labels | undefined,
): boolean {
  if (selector === undefined) return false;
  const have = labels ?? {};
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => have[key] === value);
  return (
    equal && (selector.matchExpressions ?? []).every((expression) => matchesExpression(expression, have))
  );
}

/** One requirement of a label selector or of a node selector term. */
export function matchesExpression(
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
  labels: Labels,
): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

// The fields each resource can be selected by: its strategy's SelectableFields in kubernetes/pkg/registry.
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  nodes: ["spec.unschedulable"],
  namespaces: ["status.phase"],
  secrets: ["type"],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "jobs.batch": ["status.successful"],
  "certificatesigningrequests.certificates.k8s.io": ["spec.signerName"],
};

function fieldOf(object: KubeObject, path: string): string {
  let at: unknown = object;
  if (path === "source") at = (object["source"] as { component?: string } | undefined)?.component;
  else for (const step of path.split(".")) at = (at as Record<string, unknown> | undefined)?.[step];
  if (at === undefined || at === null)
    return ["spec.unschedulable", "spec.hostNetwork"].includes(path) ? "false" : "";
  return String(at);
}

/** @throws ApiError 400 for a field that the resource cannot be selected by. */
export function parseFieldSelector(selector: string, resource: string): Predicate {
  const known = new Set(["metadata.name", "metadata.namespace", ...(SELECTABLE[resource] ?? [])]);
  const tests = selector
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const [, path = "", operator, value = ""] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
      if (operator === undefined)
        throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
      if (!known.has(path)) {
        const what = `label selector "", field selector "${selector}"`;
        throw badRequest(
          `Unable to find "${resource}" that match ${what}: field label not supported: ${path}`,
        );
      }
      return (object: KubeObject) => (fieldOf(object, path) === value) === (operator !== "!=");
    });
  return (object) => tests.every((test) => test(object));
}

/** Both selectors of a list or watch, or undefined when neither is given. */
export function selectionOf(query: URLSearchParams, resource: string): Predicate | undefined {
  const labels = query.get("labelSelector") ?? "";
  const fields = query.get("fieldSelector") ?? "";
  if (labels === "" && fields === "") return undefined;
  const byLabel = parseLabelSelector(labels);
  if (fields === "") return byLabel;
  const byField = parseFieldSelector(fields, resource);
  return (object) => byLabel(object) && byField(object);
}
