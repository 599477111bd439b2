/** What a cluster's own Kubernetes API says of it. */
import type { OurCordon } from "../nodes/cordon.ts";

export interface KubernetesFacts {
  readonly version: string;
  /** Names of machines whose kube-apiserver pod is Ready. */
  readonly apiServers: readonly string[];
  /** Their versions, by machine, where their images tell. */
  readonly apiServerVersions?: Readonly<Record<string, string>>;
  readonly nodes: readonly NodeFacts[];
  /** API servers and etcds of its control-plane machines, those that are there; absent where nobody asked for them. */
  readonly parts?: readonly MemberPart[];
}
/** What must run on a control-plane machine, as its kubelet reports it: a static pod. */
export interface MemberPart {
  readonly component: "kube-apiserver" | "etcd";
  /** Its machine's name. */
  readonly machine: string;
  readonly ready: boolean;
  /**
   * Since when its container is not, as its kubelet says, by the cluster's clock. Absent where it is, and `ready` is false
   * for a node that fell silent.
   */
  readonly downSinceMs?: number;
  /** Why its container does not run: `CrashLoopBackOff`, `ImagePullBackOff`, … */
  readonly trouble?: string;
}
export interface NodeFacts {
  readonly name: string;
  readonly providerId?: string;
  readonly ready: boolean;
  /** The condition Ready: `Unknown` when its kubelet has fallen silent. */
  readonly readiness?: "True" | "False" | "Unknown";
  /** When `readiness` changed last, by the cluster's clock. */
  readonly readinessSinceMs?: number;
  /** Conditions that are true and should not be: the kubelet's pressures, and what node-problem-detector found. */
  readonly troubles?: readonly NodeTrouble[];
  readonly unschedulable: boolean;
  readonly kubeletVersion: string;
  readonly bootId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly resourceVersion?: string;
  readonly createdMs?: number;
  /** Our own cordon: why, and since when. */
  readonly cordoned?: OurCordon;
  /** It takes pods, and bears the marks of a cordon of ours that somebody else has ended. */
  readonly marked?: true;
  /** Name of the template as whose machine it has passed the gates of an upgrade. */
  readonly provenFor?: string;
}
export interface NodeTrouble {
  /** `ReadonlyFilesystem`, `KernelDeadlock`, `DiskPressure`, … */
  readonly type: string;
  readonly sinceMs?: number;
  readonly message?: string;
}
