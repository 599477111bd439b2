/** node-problem-detector: kernel and container runtime troubles as node conditions and events. */
import type { KubernetesObject } from "../object.ts";
import { EVERYWHERE, LINUX_NODES } from "./placement.ts";
import { accountSubject, clusterRoleBinding, SYSTEM_NAMESPACE, serviceAccount } from "./rbac.ts";
import type { AddonSettings } from "./settings.ts";
import type { DaemonSet } from "./types.ts";
import { nodeProblemDetectorImage } from "./versions.ts";

const NAME = "node-problem-detector";
/** Shipped in the image: KernelDeadlock and ReadonlyFilesystem. */
const MONITORS = ["/config/kernel-monitor.json", "/config/readonly-monitor.json"];

export function nodeProblemDetector(settings: AddonSettings): readonly KubernetesObject[] {
  return [
    serviceAccount(NAME),
    // The role is one of Kubernetes' own.
    clusterRoleBinding(
      "clusterwright:node-problem-detector",
      "system:node-problem-detector",
      accountSubject(NAME),
    ),
    daemonSet(settings),
  ];
}

function daemonSet(settings: AddonSettings): DaemonSet {
  const labels = { app: NAME };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: NAME, namespace: SYSTEM_NAMESPACE, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          priorityClassName: "system-node-critical",
          nodeSelector: LINUX_NODES,
          tolerations: EVERYWHERE,
          containers: [
            {
              name: NAME,
              image: nodeProblemDetectorImage(settings.kubernetesVersion),
              command: ["/node-problem-detector"],
              args: ["--logtostderr", `--config.system-log-monitor=${MONITORS.join(",")}`],
              env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
              resources: { requests: { cpu: "10m", memory: "80Mi" }, limits: { memory: "80Mi" } },
              // /dev/kmsg is for root with privileges only.
              securityContext: { privileged: true },
              volumeMounts: [{ name: "kmsg", mountPath: "/dev/kmsg", readOnly: true }],
            },
          ],
          // Both monitors read the kernel's log alone.
          volumes: [{ name: "kmsg", hostPath: { path: "/dev/kmsg", type: "CharDevice" } }],
        },
      },
    },
  };
}
