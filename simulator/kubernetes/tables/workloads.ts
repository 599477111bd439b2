/** Tables of what makes pods and of what protects them. */
import type { KubeObject, LabelSelector, Workload } from "../objects/object.ts";
import { humanDuration } from "./age.ts";
import { AGE, type Column, NAME, type Tables } from "./columns.ts";

const NONE = "<none>";

function statusNumber(field: string): Column["cell"] {
  return (object) => Number(object.status?.[field] ?? 0);
}
function specText(field: string, fallback: string): Column["cell"] {
  return (object) => {
    const value = object.spec?.[field];
    return value === undefined || value === null ? fallback : String(value);
  };
}
function selectorText(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return equal.sort().join(",") || NONE;
}

const containers = (object: KubeObject) => (object as Workload).spec.template.spec.containers;
const CONTAINERS: Column = {
  name: "Containers",
  cell: (object) =>
    containers(object)
      .map(({ name }) => name)
      .join(","),
  wide: true,
};
const IMAGES: Column = {
  name: "Images",
  cell: (object) =>
    containers(object)
      .map(({ image }) => image)
      .join(","),
  wide: true,
};
const SELECTOR: Column = {
  name: "Selector",
  cell: (object) => selectorText((object as Workload).spec.selector),
  wide: true,
};

function jobStatus(object: KubeObject): string {
  const conditions = (object.status?.["conditions"] as { type: string; status: string }[] | undefined) ?? [];
  const is = (type: string) => conditions.some((each) => each.type === type && each.status === "True");
  if (is("Complete")) return "Complete";
  if (is("Failed")) return "Failed";
  if (object.metadata.deletionTimestamp !== undefined) return "Terminating";
  return is("Suspended") ? "Suspended" : "Running";
}
function jobDuration(object: KubeObject, nowMs: number): string {
  const start = object.status?.["startTime"];
  const end = object.status?.["completionTime"];
  if (start === undefined) return "";
  return humanDuration((end === undefined ? nowMs : Date.parse(String(end))) - Date.parse(String(start)));
}

export const WORKLOAD_TABLES: Tables = {
  "deployments.apps": [
    NAME,
    {
      name: "Ready",
      cell: (object) => `${object.status?.["readyReplicas"] ?? 0}/${object.spec?.["replicas"] ?? 0}`,
    },
    { name: "Up-to-date", cell: statusNumber("updatedReplicas"), type: "integer" },
    { name: "Available", cell: statusNumber("availableReplicas"), type: "integer" },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  "replicasets.apps": [
    NAME,
    { name: "Desired", cell: (object) => Number(object.spec?.["replicas"] ?? 0), type: "integer" },
    { name: "Current", cell: statusNumber("replicas"), type: "integer" },
    { name: "Ready", cell: statusNumber("readyReplicas"), type: "integer" },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  "statefulsets.apps": [
    NAME,
    {
      name: "Ready",
      cell: (object) => `${object.status?.["readyReplicas"] ?? 0}/${object.spec?.["replicas"] ?? 0}`,
    },
    AGE,
    CONTAINERS,
    IMAGES,
  ],
  "daemonsets.apps": [
    NAME,
    { name: "Desired", cell: statusNumber("desiredNumberScheduled"), type: "integer" },
    { name: "Current", cell: statusNumber("currentNumberScheduled"), type: "integer" },
    { name: "Ready", cell: statusNumber("numberReady"), type: "integer" },
    { name: "Up-to-date", cell: statusNumber("updatedNumberScheduled"), type: "integer" },
    { name: "Available", cell: statusNumber("numberAvailable"), type: "integer" },
    {
      name: "Node Selector",
      cell: (object) =>
        selectorText({ matchLabels: (object as Workload).spec.template.spec.nodeSelector ?? {} }),
    },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  "jobs.batch": [
    NAME,
    { name: "Status", cell: jobStatus },
    {
      name: "Completions",
      cell: (object) => `${object.status?.["succeeded"] ?? 0}/${object.spec?.["completions"] ?? 1}`,
    },
    { name: "Duration", cell: jobDuration },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  "cronjobs.batch": [
    NAME,
    { name: "Schedule", cell: specText("schedule", "") },
    { name: "Timezone", cell: specText("timeZone", NONE) },
    { name: "Suspend", cell: (object) => (object.spec?.["suspend"] === true ? "True" : "False") },
    { name: "Active", cell: () => 0, type: "integer" },
    { name: "Last Schedule", cell: () => NONE },
    AGE,
  ],
  "poddisruptionbudgets.policy": [
    NAME,
    { name: "Min Available", cell: specText("minAvailable", "N/A") },
    { name: "Max Unavailable", cell: specText("maxUnavailable", "N/A") },
    { name: "Allowed Disruptions", cell: statusNumber("disruptionsAllowed"), type: "integer" },
    AGE,
  ],
};
