/** Where the boot data lies on a machine. */
export const NODE_FILE = "/etc/clusterwright/node.json";
export const KUBEADM_DIRECTORY = "/etc/clusterwright/kubeadm";
export const PACKAGE_DIRECTORY = "/etc/clusterwright/packages";
export const BOOT_SCRIPT = "/etc/clusterwright/boot.sh";
export const CREDENTIAL_PROVIDER_CONFIG = "/etc/clusterwright/image-credentials.yaml";
export const CONTAINERD_CONFIG = "/etc/containerd/config.toml";
