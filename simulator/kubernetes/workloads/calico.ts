/** Calico by its operator: what Helm's chart leaves, and what the operator makes of it once it runs. */
import type { ClusterState } from "../api/state.ts";
import type { Control } from "../controllers/control.ts";
import type { Pod } from "../objects/object.ts";
import { recordRelease, revisionOf } from "./helm-release.ts";
import { ensure, template } from "./manifests.ts";
import type { Outcome } from "./outcome.ts";
import { isReady } from "./pod-ready.ts";

const VERSION_DEFAULT = "v3.31.6";
// From the operator's start to its first DaemonSet.
const OPERATOR_MS = 5_000;
const SYSTEM = "calico-system";
const EVERYWHERE = [{ operator: "Exists" as const }];

function valueAfter(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}

/** `helm install|upgrade RELEASE tigera-operator …`; no other chart is modelled, and the pod fails saying so. */
export function runHelm({ state }: Control, words: readonly string[]): Outcome {
  const [verb, release = "", chart = ""] = words.slice(1);
  if ((verb !== "install" && verb !== "upgrade") || !chart.endsWith("tigera-operator"))
    return { exitCode: 1, log: `Error: helm ${verb} of ${chart} is not modelled by the simulated cluster` };
  const namespace = valueAfter(words, "--namespace") ?? valueAfter(words, "-n") ?? "default";
  const revision = revisionOf(state, namespace, release);
  if (verb === "install" && revision > 0)
    return { exitCode: 1, log: "Error: INSTALLATION FAILED: cannot re-use a name that is still in use" };
  if (verb === "upgrade" && revision === 0 && !words.includes("--install"))
    return { exitCode: 1, log: `Error: UPGRADE FAILED: "${release}" has no deployed releases` };
  if (words.includes("--create-namespace")) ensure(state, "v1", "Namespace", { name: namespace }, {});
  recordRelease(state, namespace, release, revision + 1);
  installOperator(state, namespace, valueAfter(words, "--version") ?? VERSION_DEFAULT);
  return { exitCode: 0, log: `Release "${release}" has been ${revision === 0 ? "installed" : "upgraded"}.` };
}

function installOperator(state: ClusterState, namespace: string, version: string): void {
  const labels = { "k8s-app": "tigera-operator" };
  ensure(
    state,
    "apps/v1",
    "Deployment",
    { name: "tigera-operator", namespace, labels, annotations: { "calico/version": version } },
    {
      spec: {
        replicas: 1,
        selector: { matchLabels: { name: "tigera-operator" } },
        template: template(
          { name: "tigera-operator", ...labels },
          {
            hostNetwork: true,
            tolerations: EVERYWHERE,
            containers: [{ name: "tigera-operator", image: `quay.io/tigera/operator:${version}` }],
          },
        ),
      },
    },
  );
}

/** The agent, its API fan-out and its controllers. */
function installCalico(state: ClusterState): void {
  ensure(state, "v1", "Namespace", { name: SYSTEM }, {});
  const node = { "k8s-app": "calico-node" };
  ensure(
    state,
    "apps/v1",
    "DaemonSet",
    { name: "calico-node", namespace: SYSTEM, labels: node },
    {
      spec: {
        selector: { matchLabels: node },
        template: template(node, {
          hostNetwork: true,
          priorityClassName: "system-node-critical",
          tolerations: EVERYWHERE,
          containers: [{ name: "calico-node", image: `quay.io/calico/node:${VERSION_DEFAULT}` }],
        }),
      },
    },
  );
  for (const [name, hostNetwork, image] of [
    ["calico-typha", true, "typha"],
    ["calico-kube-controllers", false, "kube-controllers"],
  ] as const)
    ensure(
      state,
      "apps/v1",
      "Deployment",
      { name, namespace: SYSTEM, labels: { "k8s-app": name } },
      {
        spec: {
          replicas: 1,
          selector: { matchLabels: { "k8s-app": name } },
          template: template(
            { "k8s-app": name },
            {
              hostNetwork,
              priorityClassName: "system-cluster-critical",
              tolerations: EVERYWHERE,
              containers: [{ name, image: `quay.io/calico/${image}:${VERSION_DEFAULT}` }],
            },
          ),
        },
      },
    );
}

/** Whatever installed the operator, a manifest or a chart: what it makes comes when it runs. */
export function startTigeraOperator({ state, queue }: Control): void {
  state.store.subscribe("pods", ({ type, object }) => {
    const pod = object as Pod;
    if (
      type === "DELETED" ||
      !isReady(pod) ||
      !pod.spec.containers.some(({ image }) => image.includes("tigera/operator"))
    )
      return;
    queue.add("tigera-operator", () => installCalico(state), OPERATOR_MS);
  });
}
