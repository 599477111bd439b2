/** An installer Job: one pod on a control-plane node that installs a network plugin with its project's own tool. */
import { contentHash, type KubernetesObject } from "../object.ts";
import { apiEnvironment, BEFORE_READY, CONTROL_PLANE_NODES } from "./placement.ts";
import { accountSubject, clusterRoleBinding, SYSTEM_NAMESPACE, serviceAccount } from "./rbac.ts";
import type { AddonSettings } from "./settings.ts";
import type { EnvVar, Job } from "./types.ts";

/** Path of the workload that a complete Job leaves; while it is missing, the Job runs again. */
export const INSTALLS_ANNOTATION = "clusterwright.dev/installs";
/** Tries of the pod within one Job, and the time for all of them: pulling an image and a chart takes minutes at worst. */
const POD_RETRIES = 3;
const DEADLINE_SECONDS = 600;

/**
 * The Job, its account and its rights: an installer creates roles and custom resources of its own, so it needs them
 * all. A Job cannot change: its name carries the hash of what it runs.
 */
export function installer(
  settings: AddonSettings,
  tool: {
    readonly name: string;
    readonly image: string;
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly env?: readonly EnvVar[];
    /** The path of a workload that is there as soon as the tool has succeeded. */
    readonly installs: string;
  },
): readonly KubernetesObject[] {
  const container = {
    name: tool.name,
    image: tool.image,
    command: tool.command,
    args: tool.args,
    env: [...apiEnvironment(settings), ...(tool.env ?? [])],
  };
  const job: Job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${tool.name}-${contentHash(container).slice(0, 8)}`,
      namespace: SYSTEM_NAMESPACE,
      annotations: { [INSTALLS_ANNOTATION]: tool.installs },
    },
    spec: {
      backoffLimit: POD_RETRIES,
      activeDeadlineSeconds: DEADLINE_SECONDS,
      template: {
        metadata: { labels: { app: tool.name } },
        spec: {
          serviceAccountName: tool.name,
          hostNetwork: true,
          priorityClassName: "system-cluster-critical",
          restartPolicy: "Never",
          nodeSelector: CONTROL_PLANE_NODES,
          tolerations: BEFORE_READY,
          containers: [container],
        },
      },
    },
  };
  return [
    serviceAccount(tool.name),
    clusterRoleBinding(`clusterwright:${tool.name}`, "cluster-admin", accountSubject(tool.name)),
    job,
  ];
}
