# Packages from pkgs.k8s.io and Docker's repository, held so that upgrades are decisions.
PACKAGES=/etc/clusterwright/packages
apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=5 --quiet --yes "$@"; }
extra_kernel_modules() { :; }
prepare_image() { :; }
resume_node() { :; }

install_tools() {
  if ! command -v jq >/dev/null || ! command -v curl >/dev/null; then
    step tools "jq and curl"
    apt_get update
    apt_get install --no-install-recommends ca-certificates curl jq
  fi
}

install_packages() {
  local version
  version=$(node .kubernetesVersion)
  if [ "$(kubeadm version --output short 2>/dev/null)" = "v$version" ] && command -v containerd >/dev/null; then
    step packages "Kubernetes $version is on the image"
    return 0
  fi
  step packages "Kubernetes $version and containerd"
  install -d -m 0755 /etc/apt/keyrings
  fetch --output /etc/apt/keyrings/kubernetes.asc "$(node .packages.kubernetesKey)"
  fetch --output /etc/apt/keyrings/docker.asc "$(node .packages.containerdKey)"
  install -m 0644 "$PACKAGES/kubernetes.list" "$PACKAGES/containerd.list" /etc/apt/sources.list.d/
  apt_get update
  # kubeadm would start a kubelet without configuration in between; containerd starts with the wrong one.
  apt_get install --no-install-recommends --allow-change-held-packages \
    'containerd.io=2.*' "kubelet=$version-*" "kubeadm=$version-*" "kubectl=$version-*" \
    conntrack ethtool nftables socat -o Dpkg::Options::=--force-confold
  apt-mark hold containerd.io kubelet kubeadm kubectl >/dev/null
}

upgrade_system() {
  step system "packages of the distribution"
  apt_get update
  apt_get upgrade -o Dpkg::Options::=--force-confold
}
restart_needed() { [ -e /run/reboot-required ]; }
