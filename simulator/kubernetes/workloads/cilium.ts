/** What `cilium install` leaves in a cluster: the agent's DaemonSet and the operator. */
import type { ClusterState } from "../api/state.ts";
import type { Control } from "../controllers/control.ts";
import type { Workload } from "../objects/object.ts";
import { recordRelease, revisionOf } from "./helm-release.ts";
import { ensure, template } from "./manifests.ts";
import type { Outcome } from "./outcome.ts";

const VERSION_DEFAULT = "1.20.1";

function versionOf(words: readonly string[]): string {
  const at = words.indexOf("--version");
  const inline = words.find((word) => word.startsWith("--version="))?.slice("--version=".length);
  return (inline ?? (at < 0 ? undefined : words[at + 1]) ?? VERSION_DEFAULT).replace(/^v/, "");
}

const NAMESPACE = "kube-system";
const RELEASE = "cilium";

/** `cilium install` refuses where Helm has a release, `cilium upgrade` where it has none. */
export function runCiliumCli(control: Control, words: readonly string[]): Outcome {
  const { state } = control;
  const revision = revisionOf(state, NAMESPACE, RELEASE);
  const upgrade = words.includes("upgrade");
  if (!upgrade && revision > 0)
    return { exitCode: 1, log: "Error: Unable to install Cilium: cannot re-use a name that is still in use" };
  if (upgrade && revision === 0)
    return { exitCode: 1, log: 'Error: Unable to upgrade Cilium: "cilium" has no deployed releases' };
  recordRelease(state, NAMESPACE, RELEASE, revision + 1);
  const version = versionOf(words);
  install(state, version);
  if (upgrade) setImage(state, version);
  return { exitCode: 0, log: `Using Cilium version ${version}` };
}

function setImage({ store }: ClusterState, version: string): void {
  const set = store.get<Workload>("daemonsets.apps", NAMESPACE, "cilium");
  if (set === undefined) return;
  const { template: old } = set.spec;
  const containers = old.spec.containers.map((each) => ({
    ...each,
    image: `quay.io/cilium/cilium:v${version}`,
  }));
  const metadata = { ...set.metadata, generation: (set.metadata.generation ?? 1) + 1 };
  store.put<Workload>("daemonsets.apps", {
    ...set,
    metadata,
    spec: { ...set.spec, template: { ...old, spec: { ...old.spec, containers } } },
  });
}

function install(state: ClusterState, version: string): void {
  const namespace = NAMESPACE;
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
}
