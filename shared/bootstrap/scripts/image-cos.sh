# Container-Optimized OS: /etc is empty again at every boot, most of /var is noexec, and the host drops what comes in.
PERSISTENT=/var/lib/google/clusterwright
extra_kernel_modules() { :; }

# Mounts $1 on $2 once a boot.
bind_once() {
  if ! mountpoint --quiet "$2"; then mount --bind "$1" "$2"; fi
}

prepare_image() {
  step image "places that persist and may hold programs"
  PATH=$(node .binDirectory):$PATH
  mkdir -p "$PERSISTENT/kubernetes" "$PERSISTENT/opt/cni/bin" "$PERSISTENT/kubelet" /etc/kubernetes /var/lib/kubelet
  bind_once "$PERSISTENT/kubernetes" /etc/kubernetes
  bind_once "$PERSISTENT/kubelet" /var/lib/kubelet
  if [ ! -d /opt ]; then
    give_up "this image has no /opt, where network plugins put their programs; choose another image"
  fi
  bind_once "$PERSISTENT/opt" /opt
  iptables --wait --insert INPUT --jump ACCEPT
  iptables --wait --insert FORWARD --jump ACCEPT
}

# cloud-init has just written /etc again: containerd and the kubelet are told.
resume_node() {
  start_containerd
  systemctl start kubelet
}
