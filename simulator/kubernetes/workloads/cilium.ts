/** What `cilium install` leaves in a cluster: the agent's DaemonSet and the operator. */
import type { Control } from "../controllers/control.ts";
import type { Outcome } from "./behaviours.ts";
import { ensure, template } from "./manifests.ts";

const VERSION_DEFAULT = "1.20.1";

function versionOf(words: readonly string[]): string {
  const at = words.indexOf("--version");
  const inline = words.find((word) => word.startsWith("--version="))?.slice("--version=".length);
  return (inline ?? (at < 0 ? undefined : words[at + 1]) ?? VERSION_DEFAULT).replace(/^v/, "");
}

export function installCilium({ state }: Control, words: readonly string[]): Outcome {
  const version = versionOf(words);
  const namespace = "kube-system";
  const everywhere = [{ operator: "Exists" as const }];
  for (const name of ["cilium", "cilium-operator"])
    ensure(state, "v1", "ServiceAccount", { name, namespace }, {});
  ensure(
    state,
    "v1",
    "ConfigMap",
    { name: "cilium-config", namespace },
    { data: { "cluster-pool-ipv4-cidr": state.podCidr, ipam: "cluster-pool" } },
  );
  ensure(
    state,
    "apps/v1",
    "DaemonSet",
    { name: "cilium", namespace, labels: { "k8s-app": "cilium" } },
    {
      spec: {
        selector: { matchLabels: { "k8s-app": "cilium" } },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2, maxSurge: 0 } },
        template: template(
          { "k8s-app": "cilium" },
          {
            hostNetwork: true,
            priorityClassName: "system-node-critical",
            serviceAccountName: "cilium",
            tolerations: everywhere,
            containers: [{ name: "cilium-agent", image: `quay.io/cilium/cilium:v${version}` }],
          },
        ),
      },
    },
  );
  ensure(
    state,
    "apps/v1",
    "Deployment",
    { name: "cilium-operator", namespace, labels: { "io.cilium/app": "operator" } },
    {
      spec: {
        replicas: 1,
        selector: { matchLabels: { "io.cilium/app": "operator" } },
        template: template(
          { "io.cilium/app": "operator" },
          {
            hostNetwork: true,
            priorityClassName: "system-cluster-critical",
            serviceAccountName: "cilium-operator",
            tolerations: everywhere,
            containers: [{ name: "cilium-operator", image: `quay.io/cilium/operator-generic:v${version}` }],
          },
        ),
      },
    },
  );
  return { exitCode: 0, log: `Using Cilium version ${version}\nCilium was installed` };
}
