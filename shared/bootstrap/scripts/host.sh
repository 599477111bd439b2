# The host as a kubelet needs it: kernel modules, sysctls, no swap, no second firewall, containerd 2.
prepare_kernel() {
  step kernel "modules, sysctls, swap off"
  if ! modprobe --dry-run br_netfilter; then
    extra_kernel_modules
  fi
  local module
  while read -r module; do
    modprobe "$module"
  done </etc/modules-load.d/clusterwright.conf
  sysctl --quiet --load /etc/sysctl.d/90-clusterwright.conf
  swapoff --all
  systemctl --quiet mask swap.target
}

# VPC firewall rules guard the machine; a second firewall would cut the pods' network.
open_host_firewall() {
  if systemctl --quiet is-active firewalld || systemctl --quiet is-enabled firewalld 2>/dev/null; then
    step firewall "firewalld gives way to the network's own firewall rules"
    systemctl --quiet disable --now firewalld
  fi
}

start_containerd() {
  step containerd "configuration version 3, systemd cgroups"
  local version
  version=$(containerd --version)
  case "$version" in
    *' 2.'* | *' v2.'*) ;;
    *) give_up "containerd 2 is needed, this is: $version" ;;
  esac
  mkdir -p /etc/containerd/certs.d
  systemctl daemon-reload
  systemctl --quiet enable containerd
  systemctl restart containerd
}

# The internal load balancer sends packets to its own address here; guest agents add this route late or not at all.
route_own_endpoint() {
  local address device
  address=$(node .api.internalAddress)
  device=$(ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
  # The agent's own routes are marked proto 66, and it deletes those that it does not know; ours has another metric.
  ip route replace local "$address/32" dev "$device" scope host metric 100
}
