# Packages from pkgs.k8s.io and Docker's repository, excluded from ordinary updates so that upgrades are decisions.
PACKAGES=/etc/clusterwright/packages
dnf_get() { dnf --quiet --assumeyes --setopt=retries=5 "$@"; }
prepare_image() { :; }
resume_node() { :; }
# EL10 keeps br_netfilter in a package of its own.
extra_kernel_modules() {
  step modules "kernel-modules-extra"
  dnf_get install "kernel-modules-extra-$(uname -r)"
}

install_tools() {
  if ! command -v jq >/dev/null; then
    step tools "jq"
    dnf_get install jq
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
  install -m 0644 "$PACKAGES/kubernetes.repo" "$PACKAGES/containerd.repo" /etc/yum.repos.d/
  dnf_get install --allowerasing --disableexcludes=all \
    'containerd.io-2.*' "kubelet-$version" "kubeadm-$version" "kubectl-$version" \
    conntrack-tools ethtool iproute-tc iptables-nft nftables socat
}

upgrade_system() {
  step system "packages of the distribution"
  dnf_get upgrade
}
# A newer kernel is installed than the one that runs.
restart_needed() { [ "$(rpm -q --last kernel-core | awk 'NR == 1 { sub(/^kernel-core-/, "", $1); print $1 }')" != "$(uname -r)" ]; }
