/** What the API server fills in when an object does not say it: the fields that clients and controllers rely on. */
import { derived } from "./common.ts";
import type { Container, Dict, KubeObject, PodSpec, Toleration, Workload } from "./object.ts";
import { sealed } from "./sealed.ts";

// DefaultTolerationSeconds admission: pods stay on a lost node for five minutes.
const LOST_NODE_TOLERATION_SECONDS = 300;
const LOST_NODE_TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

function containerDefaults(container: Container): Container {
  const tag = /[:@]/.test(container.image.split("/").at(-1) ?? "") && !container.image.endsWith(":latest");
  return {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: tag ? "IfNotPresent" : "Always",
    ...container,
    resources: container.resources ?? {},
  };
}

export const podSpecDefaults = derived((spec: PodSpec): PodSpec => {
  return sealed({
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    ...spec,
    containers: spec.containers.map(containerDefaults),
    ...(spec.initContainers === undefined
      ? {}
      : { initContainers: spec.initContainers.map(containerDefaults) }),
  });
});

const PRIORITIES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** What admission adds to a pod beyond its template's defaults. */
export const admittedPodSpec = derived((spec: PodSpec): PodSpec => {
  const tolerations = [...(spec.tolerations ?? [])];
  for (const key of LOST_NODE_TAINTS) {
    const has = tolerations.some(
      (each) =>
        (each.key === undefined || each.key === key) && [undefined, "", "NoExecute"].includes(each.effect),
    );
    if (!has)
      tolerations.push({
        key,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: LOST_NODE_TOLERATION_SECONDS,
      });
  }
  const account = String(spec["serviceAccountName"] ?? spec["serviceAccount"] ?? "default");
  return sealed({
    ...podSpecDefaults(spec),
    serviceAccountName: account,
    serviceAccount: account,
    enableServiceLinks: spec["enableServiceLinks"] ?? true,
    preemptionPolicy: spec["preemptionPolicy"] ?? "PreemptLowerPriority",
    priority: spec.priority ?? PRIORITIES[spec.priorityClassName ?? ""] ?? 0,
    tolerations: tolerations satisfies Toleration[],
  });
});

type Defaulter = (object: KubeObject) => KubeObject;
function templated(defaults: Dict): Defaulter {
  const complete = derived((spec: Dict): Dict => {
    const { template } = spec as Workload["spec"];
    const metadata = { creationTimestamp: null, ...template.metadata };
    const completed = { ...template, metadata, spec: podSpecDefaults(template.spec) };
    return sealed({ ...defaults, ...spec, template: completed });
  });
  return (object) => ({ ...object, spec: complete(object.spec ?? {}) });
}

const DEFAULTS: Readonly<Record<string, Defaulter>> = {
  pods: (object) => ({
    ...object,
    spec: admittedPodSpec(object.spec as PodSpec),
    status: { phase: "Pending", ...object.status },
  }),
  "deployments.apps": templated({
    replicas: 1,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  }),
  "replicasets.apps": templated({ replicas: 1 }),
  "statefulsets.apps": templated({
    replicas: 1,
    podManagementPolicy: "OrderedReady",
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    revisionHistoryLimit: 10,
  }),
  "daemonsets.apps": templated({
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    revisionHistoryLimit: 10,
  }),
  "jobs.batch": jobDefaults,
  secrets: secretDefaults,
  namespaces: (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name },
    },
    spec: { finalizers: ["kubernetes"], ...object.spec },
    status: { phase: "Active", ...object.status },
  }),
  nodes: (object) => ({ ...object, spec: object.spec ?? {}, status: object.status ?? {} }),
  "certificatesigningrequests.certificates.k8s.io": (object) => ({ ...object, status: object.status ?? {} }),
};

function jobDefaults(object: KubeObject): KubeObject {
  const labels = {
    "batch.kubernetes.io/controller-uid": object.metadata.uid,
    "batch.kubernetes.io/job-name": object.metadata.name,
    "controller-uid": object.metadata.uid,
    "job-name": object.metadata.name,
  };
  const job = templated({
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    selector: { matchLabels: { "batch.kubernetes.io/controller-uid": object.metadata.uid } },
  })(object) as Workload;
  const { template } = job.spec;
  const metadata = { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } };
  return { ...job, spec: { ...job.spec, template: { ...template, metadata } } };
}

function secretDefaults(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const plain = Object.entries((stringData as Record<string, string> | undefined) ?? {});
  const encoded = Object.fromEntries(
    plain.map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
  const data = { ...(object["data"] as Dict | undefined), ...encoded };
  return {
    ...rest,
    type: object["type"] ?? "Opaque",
    ...(Object.keys(data).length === 0 ? {} : { data }),
  } as KubeObject;
}

/** The object with its defaults, by the resource that stores it. */
export function withDefaults(resource: string, object: KubeObject): KubeObject {
  return DEFAULTS[resource]?.(object) ?? object;
}
