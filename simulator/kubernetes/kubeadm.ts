/** What `kubeadm init` and `kubeadm join` do to a cluster: the objects that they leave, and why they refuse. */
import { createHash, X509Certificate } from "node:crypto";
import { checkBootstrapToken } from "./access/tokens.ts";
import type { ClusterState } from "./api/state.ts";
import { conditionStatus, type Node } from "./objects/object.ts";
import { installKubeProxyAndDns } from "./workloads/addons.ts";
import { type InitSettings, installBootstrapObjects } from "./workloads/kubeadm-objects.ts";
import { configuredVersion } from "./workloads/kubeadm-version.ts";
import type { Machine } from "./workloads/machine.ts";

/** `sha256:` and the hex digest of the CA's public key, as `--discovery-token-ca-cert-hash` takes it. */
export function caCertHash(certificatePem: string): string {
  const spki = new X509Certificate(certificatePem).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
}

export interface InitInput extends InitSettings {
  readonly machine: Machine;
}
export interface JoinInput extends Machine {
  readonly token: string;
  readonly caHash: string;
  readonly controlPlane?: boolean;
  /** Id of the etcd member whose data is in the machine's data folder; absent when that is empty. */
  readonly etcdData?: string;
}
export type JoinResult = { readonly joined: true } | { readonly joined: false; readonly output: string };

/** [major, minor] of `v1.36.4`. */
function minorOf(version: string): number {
  return Number(version.replace(/^v/, "").split(".")[1] ?? Number.NaN);
}
// Kubernetes' version skew policy: kubelets never newer than the API server, at most three minors older.
const KUBELET_MINORS_OLDER_MAX = 3;
// Source: kubeadm's MinimumControlPlaneVersion.
const KUBEADM_MINORS_NEWER_MAX = 1;

/** What stops this machine from joining, as kubeadm prints it; undefined when nothing does. */
export function joinRefusal(state: ClusterState, input: JoinInput): string | undefined {
  const failed = (why: string) =>
    `error execution phase preflight: ${why}\nTo see the stack trace of this error execute with --v=5 or higher`;
  if (!/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(input.token))
    return `discovery.bootstrapToken.token: Invalid value: "": the bootstrap token is invalid: the bootstrap token "***" was not of the form "\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"\nTo see the stack trace of this error execute with --v=5 or higher`;
  if (!state.etcd.hasQuorum())
    return failed(
      "couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: etcdserver: request timed out",
    );
  const id = input.token.split(".")[0];
  const signing = checkBootstrapToken(state, input.token, "signing");
  if (typeof signing === "string")
    return failed(
      `couldn't validate the identity of the API Server: could not find a JWS signature in the cluster-info ConfigMap for token ID "${id}"`,
    );
  const hash = caCertHash(state.ca.certificatePem);
  if (input.caHash !== hash)
    return failed(
      `couldn't validate the identity of the API Server: cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${hash}" are pinned`,
    );
  if (typeof checkBootstrapToken(state, input.token, "authentication") === "string")
    return `error execution phase kubelet-start: unable to create the client certificate: Unauthorized\nTo see the stack trace of this error execute with --v=5 or higher`;
  const configured = configuredVersion(state);
  const kubelet = minorOf(input.kubeletVersion);
  const server = minorOf(configured);
  // kubeadm comes in the kubelet's version, and deploys no control plane more than one minor older than itself.
  if (kubelet > server + KUBEADM_MINORS_NEWER_MAX)
    return failed(
      `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${kubelet - KUBEADM_MINORS_NEWER_MAX}.0. Current version: ${configured}`,
    );
  if (kubelet > server)
    return failed(
      `[preflight] Some fatal errors occurred:\n\t[ERROR KubeletVersion]: the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster. Kubelet version: "${input.kubeletVersion}" Control plane version: "${configured}"`,
    );
  if (server - kubelet > KUBELET_MINORS_OLDER_MAX)
    return failed(
      `[preflight] Some fatal errors occurred:\n\t[ERROR KubeletVersion]: Kubelet version "${input.kubeletVersion}" is lower than kubeadm can support. Please upgrade kubelet`,
    );
  // One that is not Ready is taken over. Source: kubeadm, cmd/phases/join/kubelet.go.
  const before = state.store.get<Node>("nodes", undefined, input.nodeName);
  if (before !== undefined && conditionStatus(before, "Ready") === "True")
    return `error execution phase kubelet-start: a Node with name "${input.nodeName}" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node\nTo see the stack trace of this error execute with --v=5 or higher`;
  return undefined;
}

/** The cluster's objects after `kubeadm init`. */
export function initialize(state: ClusterState, input: InitInput): void {
  installBootstrapObjects(state, input);
  installKubeProxyAndDns(state, input);
}
