/** Whether the kubelet would start and register: its arguments, labels and taints. */
import { stepFailure } from "./boot-plan.ts";
import type { NodeFacts } from "./node-facts.ts";

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const KUBERNETES_PREFIX = /(^|\.)(kubernetes|k8s)\.io$/;
/** What a kubelet may say of itself: k8s.io/kubelet/pkg/apis/well_known_labels.go */
const SELF_PREFIX = /(^|\.)(kubelet\.kubernetes\.io|node\.kubernetes\.io)$/;
const SELF_LABELS = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "node.kubernetes.io/instance-type",
]);

function isKey(key: string): boolean {
  const parts = key.split("/");
  if (parts.length === 1) return NAME.test(key);
  return parts.length === 2 && PREFIX.test(parts[0] ?? "") && NAME.test(parts[1] ?? "");
}
const isValue = (value: string): boolean => value === "" || NAME.test(value);

function isReserved(key: string): boolean {
  const prefix = key.includes("/") ? (key.split("/")[0] ?? "") : "";
  return KUBERNETES_PREFIX.test(prefix) && !SELF_PREFIX.test(prefix) && !SELF_LABELS.has(key);
}

/** @throws BootFailure */
export function checkLabels(node: NodeFacts): void {
  for (const [key, value] of Object.entries(node.nodeLabels)) {
    if (!isKey(key) || !isValue(value))
      throw stepFailure("labels", "labels", `${JSON.stringify(`${key}=${value}`)} is no Kubernetes label`);
    if (isReserved(key))
      throw stepFailure(
        "labels",
        "kubelet",
        `unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [${key}]`,
      );
  }
  for (const { key, value = "" } of node.taints)
    if (!isKey(key) || !isValue(value))
      throw stepFailure("taints", "labels", `${JSON.stringify(`${key}=${value}`)} is no Kubernetes taint`);
}

/** @throws BootFailure */
export function checkKubeletArguments(
  node: NodeFacts,
  given: readonly { readonly name: string; readonly value: string }[],
  files: ReadonlyMap<string, string>,
): void {
  const failure = (why: string) => stepFailure("kubelet-arguments", "kubelet", why);
  const argument = (name: string): string | undefined => given.find((one) => one.name === name)?.value;
  if (argument("cloud-provider") !== "external")
    throw failure(
      "--cloud-provider is not external: the cloud controller manager would never initialise the node",
    );
  const labels = Object.entries(node.nodeLabels).map(([key, value]) => `${key}=${value}`);
  const said = (argument("node-labels") ?? "").split(",").filter((label) => label !== "");
  if ([...labels].sort().join(",") !== [...said].sort().join(","))
    throw failure("--node-labels are not the labels of node.json");
  const credentials = argument("image-credential-provider-config");
  const directory = argument("image-credential-provider-bin-dir");
  if (credentials === undefined) return;
  const provider = /^\s*-\s*name:\s*(\S+)$/m.exec(files.get(credentials) ?? "")?.[1];
  if (provider === undefined) throw failure(`failed to read credential provider config ${credentials}`);
  if (!files.has(`${directory}/${provider}`))
    throw failure(`plugin binary executable ${directory}/${provider} did not exist`);
}
