/** The fields of Kubernetes objects that our manifests set, typed, so that a misspelt field does not compile. */
import type { KubernetesObject, ObjectMeta } from "../object.ts";

type Strings = Readonly<Record<string, string>>;

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}
export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly mountPropagation?: "Bidirectional" | "HostToContainer";
}
export interface Probe {
  readonly httpGet: {
    readonly path: string;
    readonly port: number | string;
    readonly host?: string;
    readonly scheme?: "HTTP" | "HTTPS";
  };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}
export interface SecurityContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly capabilities?: { readonly drop: readonly string[] };
  readonly seccompProfile?: { readonly type: "RuntimeDefault" };
}
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly protocol: "TCP";
  }[];
  readonly resources?: { readonly requests?: Strings; readonly limits?: Strings };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly securityContext?: SecurityContext;
  readonly volumeMounts?: readonly VolumeMount[];
}
export interface Volume {
  readonly name: string;
  readonly hostPath?: {
    readonly path: string;
    readonly type: "Directory" | "DirectoryOrCreate" | "File" | "CharDevice";
  };
  readonly configMap?: { readonly name: string };
  readonly emptyDir?: Record<string, never>;
}
export interface Toleration {
  readonly key?: string;
  readonly operator: "Exists" | "Equal";
  readonly effect?: "NoSchedule" | "NoExecute" | "PreferNoSchedule";
}
export interface PodSpec {
  readonly serviceAccountName: string;
  readonly hostNetwork?: boolean;
  readonly priorityClassName?: string;
  readonly restartPolicy?: "Never" | "OnFailure";
  readonly nodeSelector?: Strings;
  readonly tolerations?: readonly Toleration[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
}
export interface PodTemplate {
  readonly metadata: { readonly labels: Strings; readonly annotations?: Strings };
  readonly spec: PodSpec;
}
interface Selector {
  readonly matchLabels: Strings;
}
interface NamespacedMeta extends ObjectMeta {
  readonly namespace: string;
}
export interface DaemonSet extends KubernetesObject {
  readonly apiVersion: "apps/v1";
  readonly kind: "DaemonSet";
  readonly metadata: NamespacedMeta;
  readonly spec: { readonly selector: Selector; readonly template: PodTemplate };
}
export interface Deployment extends KubernetesObject {
  readonly apiVersion: "apps/v1";
  readonly kind: "Deployment";
  readonly metadata: NamespacedMeta;
  readonly spec: {
    readonly replicas: number;
    readonly selector: Selector;
    readonly strategy?: {
      readonly type: "RollingUpdate";
      readonly rollingUpdate: { readonly maxUnavailable: number };
    };
    readonly template: PodTemplate;
  };
}
export interface Job extends KubernetesObject {
  readonly apiVersion: "batch/v1";
  readonly kind: "Job";
  readonly metadata: NamespacedMeta;
  readonly spec: {
    readonly backoffLimit: number;
    readonly activeDeadlineSeconds: number;
    readonly template: PodTemplate;
  };
}
export interface ServiceAccount extends KubernetesObject {
  readonly apiVersion: "v1";
  readonly kind: "ServiceAccount";
  readonly metadata: NamespacedMeta;
}
export interface ConfigMap extends KubernetesObject {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap";
  readonly metadata: NamespacedMeta;
  readonly data: Strings;
}
export interface Service extends KubernetesObject {
  readonly apiVersion: "v1";
  readonly kind: "Service";
  readonly metadata: NamespacedMeta;
  readonly spec: {
    readonly selector: Strings;
    readonly ports: readonly {
      readonly name: string;
      readonly port: number;
      readonly protocol: "TCP";
      readonly targetPort: string | number;
    }[];
  };
}
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
export interface Role extends KubernetesObject {
  readonly apiVersion: "rbac.authorization.k8s.io/v1";
  readonly kind: "ClusterRole" | "Role";
  readonly rules: readonly PolicyRule[];
}
export interface Subject {
  readonly kind: "ServiceAccount" | "Group";
  readonly name: string;
  readonly namespace?: string;
  readonly apiGroup?: "rbac.authorization.k8s.io";
}
export interface RoleBinding extends KubernetesObject {
  readonly apiVersion: "rbac.authorization.k8s.io/v1";
  readonly kind: "ClusterRoleBinding" | "RoleBinding";
  readonly roleRef: {
    readonly apiGroup: "rbac.authorization.k8s.io";
    readonly kind: "ClusterRole" | "Role";
    readonly name: string;
  };
  readonly subjects: readonly Subject[];
}
export interface ApiService extends KubernetesObject {
  readonly apiVersion: "apiregistration.k8s.io/v1";
  readonly kind: "APIService";
  readonly spec: {
    readonly group: string;
    readonly version: string;
    readonly groupPriorityMinimum: number;
    readonly versionPriority: number;
    readonly insecureSkipTLSVerify: boolean;
    readonly service: { readonly name: string; readonly namespace: string };
  };
}
export interface StorageClass extends KubernetesObject {
  readonly apiVersion: "storage.k8s.io/v1";
  readonly kind: "StorageClass";
  readonly provisioner: string;
  readonly parameters: Strings;
  readonly reclaimPolicy: "Delete" | "Retain";
  readonly volumeBindingMode: "WaitForFirstConsumer";
  readonly allowVolumeExpansion: boolean;
}
export interface CsiDriver extends KubernetesObject {
  readonly apiVersion: "storage.k8s.io/v1";
  readonly kind: "CSIDriver";
  readonly spec: { readonly attachRequired: boolean; readonly podInfoOnMount: boolean };
}
