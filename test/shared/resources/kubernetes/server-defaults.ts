/** What an API server adds to objects that are written, and how it rewrites them, as far as the add-ons meet it. */
import { FakeApi, type Stored } from "./fake-api.ts";

type Fields = Record<string, unknown>;

/** Drops what is empty, fills in defaults, puts keys in another order. */
export function serverDefaults(object: Stored): Stored {
  const copy = withoutEmpty(structuredClone(object)) as Stored;
  const spec = (copy["spec"] ?? {}) as Fields;
  switch (copy["kind"]) {
    case "DaemonSet":
      copy["spec"] = {
        revisionHistoryLimit: 10,
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        ...spec,
        template: podTemplate(spec),
      };
      break;
    case "Deployment":
      copy["spec"] = {
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
        ...spec,
        template: podTemplate(spec),
      };
      break;
    case "Job":
      copy["spec"] = {
        completions: 1,
        parallelism: 1,
        completionMode: "NonIndexed",
        suspend: false,
        selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u" } },
        ...spec,
        template: podTemplate(spec),
      };
      break;
    case "Service":
      copy["spec"] = {
        type: "ClusterIP",
        clusterIP: "10.96.0.9",
        clusterIPs: ["10.96.0.9"],
        sessionAffinity: "None",
        ...spec,
      };
      break;
    case "Namespace":
      copy["spec"] = { finalizers: ["kubernetes"] };
      copy.metadata.labels = { ...copy.metadata.labels, "kubernetes.io/metadata.name": copy.metadata.name };
      break;
    case "CSIDriver":
      copy["spec"] = {
        fsGroupPolicy: "ReadWriteOnceWithFSType",
        requiresRepublish: false,
        storageCapacity: false,
        volumeLifecycleModes: ["Persistent"],
        ...spec,
      };
      break;
  }
  copy.metadata = {
    creationTimestamp: "2026-11-23T12:00:00Z",
    generation: 1,
    managedFields: [],
    ...copy.metadata,
  };
  return Object.fromEntries(Object.entries(copy).reverse()) as Stored;
}

function podTemplate(spec: Fields): Fields {
  const template = (spec["template"] ?? {}) as { metadata?: Fields; spec?: Fields };
  const pod = template.spec ?? {};
  const containers = (pod["containers"] ?? []) as Fields[];
  const volumes = (pod["volumes"] ?? []) as Fields[];
  return {
    metadata: { creationTimestamp: null, ...template.metadata },
    spec: {
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      schedulerName: "default-scheduler",
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      serviceAccount: pod["serviceAccountName"],
      ...pod,
      containers: containers.map((one) => container(one, pod["hostNetwork"] === true)),
      ...(volumes.length === 0 ? {} : { volumes: volumes.map(volume) }),
    },
  };
}
function container(one: Fields, hostNetwork: boolean): Fields {
  const ports = one["ports"] as Fields[] | undefined;
  const probe = (name: string) =>
    one[name] === undefined
      ? {}
      : {
          [name]: {
            successThreshold: 1,
            failureThreshold: 3,
            periodSeconds: 10,
            timeoutSeconds: 1,
            ...(one[name] as Fields),
          },
        };
  const env = one["env"] as { name: string; value?: string; valueFrom?: { fieldRef: Fields } }[] | undefined;
  return {
    imagePullPolicy: "IfNotPresent",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: {},
    ...one,
    ...(ports === undefined
      ? {}
      : {
          ports: ports.map((port) => ({
            protocol: "TCP",
            ...(hostNetwork ? { hostPort: port["containerPort"] } : {}),
            ...port,
          })),
        }),
    ...(env === undefined
      ? {}
      : {
          env: env.map((variable) =>
            variable.valueFrom === undefined
              ? variable
              : {
                  ...variable,
                  valueFrom: { fieldRef: { apiVersion: "v1", ...variable.valueFrom.fieldRef } },
                },
          ),
        }),
    ...probe("livenessProbe"),
    ...probe("readinessProbe"),
  };
}
function volume(one: Fields): Fields {
  return one["configMap"] === undefined
    ? one
    : { ...one, configMap: { defaultMode: 420, ...(one["configMap"] as Fields) } };
}
/** `omitempty`: but an empty map that chooses something, such as emptyDir, stays. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, withoutEmpty(inner)] as const)
    .filter(
      ([key, inner]) =>
        key === "emptyDir" ||
        !(inner === "" || inner === null || inner === false || (Array.isArray(inner) && inner.length === 0)),
    );
  return Object.fromEntries(kept);
}

/** A server on which everything that is written runs at once. */
export function healthy(object: Stored): Stored {
  const kind = object["kind"];
  const spec = object["spec"] as { replicas?: number } | undefined;
  if (kind === "Job") {
    return { ...object, status: { conditions: [{ type: "Complete", status: "True" }] } };
  }
  if (kind === "DaemonSet") {
    return {
      ...object,
      status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
    };
  }
  if (kind === "Deployment" || kind === "StatefulSet") {
    const replicas = spec?.replicas ?? 1;
    return {
      ...object,
      status: { replicas, updatedReplicas: replicas, availableReplicas: replicas, readyReplicas: replicas },
    };
  }
  return object;
}

/** A server on which everything runs at once, and installers leave what they say. */
export function healthyApi(): FakeApi {
  const api = new FakeApi();
  api.complete = (object) => healthy(serverDefaults(object));
  api.written = (object) => {
    const path = object.metadata.annotations?.["clusterwright.dev/installs"];
    if (path === undefined || object["kind"] !== "Job") return;
    const [name = "", plural = "", namespace = ""] = path.split("/").reverse();
    const kind = plural === "daemonsets" ? "DaemonSet" : "Deployment";
    api.put(path, healthy({ apiVersion: "apps/v1", kind, metadata: { name, namespace } }));
  };
  return api;
}
