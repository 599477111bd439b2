/** The objects that `kubeadm init` leaves behind: configuration, bootstrap tokens and access. */

import { BOOTSTRAP_TOKEN_TYPE } from "../access/tokens.ts";
import type { ClusterState } from "../api/state.ts";
import { microTimestamp } from "../objects/object.ts";
import { ensure } from "./manifests.ts";
import { clusterBinding, clusterRole, group, localRole, user } from "./rbac-objects.ts";

export interface BootstrapToken {
  /** `abcdef.0123456789abcdef` */
  readonly token: string;
  /** Unset: it never expires. */
  readonly expiresMs?: number;
}
export interface InitSettings {
  readonly clusterName?: string;
  /** `host:port` that clients use. */
  readonly controlPlaneEndpoint: string;
  readonly bootstrapTokens?: readonly BootstrapToken[];
  readonly skipKubeProxy?: boolean;
  readonly skipDns?: boolean;
  readonly dnsDomain?: string;
  /** Names that certificates of API servers bear. */
  readonly certSANs?: readonly string[];
}

export const NODE_TOKEN_GROUP = "system:bootstrappers:kubeadm:default-node-token";
export function bootstrapTokenSecret(state: ClusterState, { token, expiresMs }: BootstrapToken): void {
  const [id = "", secret = ""] = token.split(".");
  const stringData = {
    "token-id": id,
    "token-secret": secret,
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
    "auth-extra-groups": NODE_TOKEN_GROUP,
    ...(expiresMs === undefined ? {} : { expiration: new Date(expiresMs).toISOString() }),
  };
  ensure(
    state,
    "v1",
    "Secret",
    { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    { type: BOOTSTRAP_TOKEN_TYPE, stringData },
  );
}

function configMap(
  state: ClusterState,
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): void {
  ensure(state, "v1", "ConfigMap", { name, namespace }, { data });
}

const reads = (groups: string[], resources: string[], resourceNames?: string[]) => ({
  verbs: ["get"],
  apiGroups: groups,
  resources,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});

/** Configuration and bootstrap access: the phases upload-config and bootstrap-token. */
export function installBootstrapObjects(state: ClusterState, settings: InitSettings): void {
  const {
    controlPlaneEndpoint,
    clusterName = "kubernetes",
    dnsDomain = "cluster.local",
    certSANs = [],
  } = settings;
  const kubeconfig = [
    "apiVersion: v1",
    "clusters:",
    "- cluster:",
    `    certificate-authority-data: ${Buffer.from(state.ca.certificatePem).toString("base64")}`,
    `    server: https://${controlPlaneEndpoint}`,
    '  name: ""',
    "contexts: null",
    'current-context: ""',
    "kind: Config",
    "preferences: {}",
    "users: null",
    "",
  ].join("\n");
  configMap(state, "kube-public", "cluster-info", { kubeconfig });
  const clusterConfiguration = [
    ...(certSANs.length === 0 ? [] : ["apiServer:", "  certSANs:", ...certSANs.map((name) => `  - ${name}`)]),
    "apiVersion: kubeadm.k8s.io/v1beta4",
    `clusterName: ${clusterName}`,
    `controlPlaneEndpoint: ${controlPlaneEndpoint}`,
    "kind: ClusterConfiguration",
    `kubernetesVersion: ${state.version}`,
    "networking:",
    `  dnsDomain: ${dnsDomain}`,
    `  podSubnet: ${state.podCidr}`,
    `  serviceSubnet: ${state.serviceCidr}`,
    "",
  ].join("\n");
  configMap(state, "kube-system", "kubeadm-config", { ClusterConfiguration: clusterConfiguration });
  const kubelet =
    "apiVersion: kubelet.config.k8s.io/v1beta1\ncgroupDriver: systemd\nkind: KubeletConfiguration\nrotateCertificates: true\n";
  configMap(state, "kube-system", "kubelet-config", { kubelet });

  const joining = [group("system:nodes"), group(NODE_TOKEN_GROUP)];
  clusterBinding(state, "kubeadm:cluster-admins", "cluster-admin", [group("kubeadm:cluster-admins")]);
  clusterBinding(state, "kubeadm:kubelet-bootstrap", "system:node-bootstrapper", [group(NODE_TOKEN_GROUP)]);
  clusterBinding(
    state,
    "kubeadm:node-autoapprove-bootstrap",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    [group(NODE_TOKEN_GROUP)],
  );
  clusterBinding(
    state,
    "kubeadm:node-autoapprove-certificate-rotation",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    [group("system:nodes")],
  );
  clusterRole(state, "kubeadm:get-nodes", [reads([""], ["nodes"])]);
  clusterBinding(state, "kubeadm:get-nodes", "kubeadm:get-nodes", [group(NODE_TOKEN_GROUP)]);
  localRole(
    state,
    "kube-system",
    "kubeadm:nodes-kubeadm-config",
    [reads([""], ["configmaps"], ["kubeadm-config"])],
    joining,
  );
  localRole(
    state,
    "kube-system",
    "kubeadm:kubelet-config",
    [reads([""], ["configmaps"], ["kubelet-config"])],
    joining,
  );
  localRole(
    state,
    "kube-system",
    "kube-proxy",
    [reads([""], ["configmaps"], ["kube-proxy"])],
    [group(NODE_TOKEN_GROUP)],
  );
  localRole(
    state,
    "kube-public",
    "kubeadm:bootstrap-signer-clusterinfo",
    [reads([""], ["configmaps"], ["cluster-info"])],
    [user("system:anonymous")],
  );
  for (const token of settings.bootstrapTokens ?? []) bootstrapTokenSecret(state, token);
  for (const name of ["kube-controller-manager", "kube-scheduler"])
    ensure(
      state,
      "coordination.k8s.io/v1",
      "Lease",
      { name, namespace: "kube-system" },
      {
        spec: {
          holderIdentity: name,
          leaseDurationSeconds: 15,
          renewTime: microTimestamp(state.clock.nowMs()),
        },
      },
    );
}
