/** Strict shapes of the objects that add-ons consist of: a field that Kubernetes does not have fails. Source: the API reference of Kubernetes 1.36. */
import { z } from "zod";

const label = z.string().regex(/^([a-z0-9.-]+\/)?[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/);
const strings = z.record(label, z.string());
/** Names of RBAC objects may hold colons. */
const name = z.string().regex(/^[a-z0-9]([a-z0-9.:-]{0,251}[a-z0-9])?$/);
const metadata = z.strictObject({
  name,
  namespace: name.optional(),
  labels: strings.optional(),
  annotations: strings.optional(),
});
const port = z.number().int().min(1).max(65_535);
const quantity = z.string().regex(/^\d+(m|Ki|Mi|Gi)?$/);
const probe = z.strictObject({
  httpGet: z.strictObject({
    path: z.string().startsWith("/"),
    port: z.union([port, z.string()]),
    host: z.string().optional(),
    scheme: z.enum(["HTTP", "HTTPS"]).optional(),
  }),
  initialDelaySeconds: z.number().optional(),
  periodSeconds: z.number().optional(),
  timeoutSeconds: z.number().optional(),
  failureThreshold: z.number().optional(),
});
const resources = z.strictObject({
  requests: z.record(z.enum(["cpu", "memory"]), quantity).optional(),
  limits: z.partialRecord(z.enum(["cpu", "memory"]), quantity).optional(),
});
const container = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,63}$/),
  // Always with a tag, never `latest`.
  image: z.string().regex(/^[a-z0-9.-]+\/[a-z0-9./-]+:v?\d[\w.-]*$/),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.strictObject({ fieldRef: z.strictObject({ fieldPath: z.string() }) }).optional(),
      }),
    )
    .optional(),
  ports: z
    .array(z.strictObject({ name: z.string().max(15), containerPort: port, protocol: z.literal("TCP") }))
    .optional(),
  resources: resources.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  securityContext: z
    .strictObject({
      privileged: z.boolean(),
      allowPrivilegeEscalation: z.boolean(),
      readOnlyRootFilesystem: z.boolean(),
      runAsNonRoot: z.boolean(),
      runAsUser: z.number(),
      capabilities: z.strictObject({ drop: z.array(z.string()) }),
      seccompProfile: z.strictObject({ type: z.string() }),
    })
    .partial()
    .optional(),
  volumeMounts: z
    .array(
      z.strictObject({
        name: z.string(),
        mountPath: z.string().startsWith("/"),
        readOnly: z.boolean().optional(),
        mountPropagation: z.string().optional(),
      }),
    )
    .optional(),
});
const podSpec = z
  .strictObject({
    serviceAccountName: name,
    hostNetwork: z.boolean().optional(),
    priorityClassName: z.enum(["system-cluster-critical", "system-node-critical"]),
    restartPolicy: z.enum(["Never", "OnFailure"]).optional(),
    nodeSelector: strings,
    tolerations: z.array(
      z.strictObject({
        key: z.string().optional(),
        operator: z.enum(["Exists", "Equal"]),
        effect: z.string().optional(),
      }),
    ),
    containers: z.array(container).min(1),
    volumes: z
      .array(
        z.strictObject({
          name: z.string(),
          hostPath: z.strictObject({ path: z.string().startsWith("/"), type: z.string() }).optional(),
          configMap: z.strictObject({ name }).optional(),
          emptyDir: z.strictObject({}).optional(),
        }),
      )
      .optional(),
  })
  .refine((pod) => {
    const volumes = new Set((pod.volumes ?? []).map((volume) => volume.name));
    const mounted = new Set(
      pod.containers.flatMap((one) => (one.volumeMounts ?? []).map((mount) => mount.name)),
    );
    return volumes.size === mounted.size && [...volumes].every((one) => mounted.has(one));
  }, "every volume is mounted and every mount has its volume");
const template = z.strictObject({
  metadata: z.strictObject({ labels: strings, annotations: strings.optional() }),
  spec: podSpec,
});
const selector = z.strictObject({ matchLabels: strings });
const selects = (spec: {
  selector: { matchLabels: Record<string, string> };
  template: { metadata: { labels: Record<string, string> } };
}) =>
  Object.entries(spec.selector.matchLabels).every(
    ([key, value]) => spec.template.metadata.labels[key] === value,
  );
const rbac = z.literal("rbac.authorization.k8s.io/v1");
const rules = z.array(
  z.strictObject({
    apiGroups: z.array(z.string()),
    resources: z.array(z.string()),
    resourceNames: z.array(z.string()).optional(),
    verbs: z.array(z.enum(["get", "list", "watch", "create", "update", "patch", "delete"])),
  }),
);
const roleRef = z.strictObject({
  apiGroup: z.literal("rbac.authorization.k8s.io"),
  kind: z.enum(["ClusterRole", "Role"]),
  name,
});
const subjects = z
  .array(
    z.strictObject({
      kind: z.enum(["ServiceAccount", "Group"]),
      name,
      namespace: name.optional(),
      apiGroup: z.string().optional(),
    }),
  )
  .length(1);

export const manifestSchema = z.discriminatedUnion("kind", [
  z.strictObject({ apiVersion: z.literal("v1"), kind: z.literal("ServiceAccount"), metadata }),
  z.strictObject({
    apiVersion: z.literal("v1"),
    kind: z.literal("ConfigMap"),
    metadata,
    data: z.record(z.string(), z.string()),
  }),
  z.strictObject({
    apiVersion: z.literal("v1"),
    kind: z.literal("Service"),
    metadata,
    spec: z.strictObject({
      selector: strings,
      ports: z.array(
        z.strictObject({
          name: z.string(),
          port,
          protocol: z.literal("TCP"),
          targetPort: z.union([port, z.string()]),
        }),
      ),
    }),
  }),
  z.strictObject({ apiVersion: rbac, kind: z.literal("ClusterRole"), metadata, rules }),
  z.strictObject({ apiVersion: rbac, kind: z.literal("Role"), metadata, rules }),
  z.strictObject({ apiVersion: rbac, kind: z.literal("ClusterRoleBinding"), metadata, roleRef, subjects }),
  z.strictObject({ apiVersion: rbac, kind: z.literal("RoleBinding"), metadata, roleRef, subjects }),
  z.strictObject({
    apiVersion: z.literal("apps/v1"),
    kind: z.literal("DaemonSet"),
    metadata,
    spec: z.strictObject({ selector, template }).refine(selects, "selects its own pods"),
  }),
  z.strictObject({
    apiVersion: z.literal("apps/v1"),
    kind: z.literal("Deployment"),
    metadata,
    spec: z
      .strictObject({
        replicas: z.number().int(),
        selector,
        template,
        strategy: z
          .strictObject({
            type: z.literal("RollingUpdate"),
            rollingUpdate: z.strictObject({ maxUnavailable: z.number() }),
          })
          .optional(),
      })
      .refine(selects, "selects its own pods"),
  }),
  z.strictObject({
    apiVersion: z.literal("batch/v1"),
    kind: z.literal("Job"),
    // The pod's label `job-name` takes 63 characters, two of them the attempt's.
    metadata: metadata.extend({ name: name.max(61) }),
    spec: z.strictObject({
      backoffLimit: z.number().int(),
      activeDeadlineSeconds: z.number().int(),
      template,
    }),
  }),
  z.strictObject({
    apiVersion: z.literal("apiregistration.k8s.io/v1"),
    kind: z.literal("APIService"),
    metadata,
    spec: z.strictObject({
      group: z.string(),
      version: z.string(),
      groupPriorityMinimum: z.number(),
      versionPriority: z.number(),
      insecureSkipTLSVerify: z.boolean(),
      service: z.strictObject({ name, namespace: name }),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal("storage.k8s.io/v1"),
    kind: z.literal("StorageClass"),
    metadata,
    provisioner: z.string(),
    parameters: strings,
    reclaimPolicy: z.enum(["Delete", "Retain"]),
    volumeBindingMode: z.literal("WaitForFirstConsumer"),
    allowVolumeExpansion: z.boolean(),
  }),
  z.strictObject({
    apiVersion: z.literal("storage.k8s.io/v1"),
    kind: z.literal("CSIDriver"),
    metadata,
    spec: z.strictObject({ attachRequired: z.boolean(), podInfoOnMount: z.boolean() }),
  }),
]);
