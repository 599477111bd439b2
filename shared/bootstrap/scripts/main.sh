# From the first step to a node. The order matters; each step may run again.
check_labels() {
  step labels "names that the kubelet would take"
  jq -e '
    def name: test("^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$");
    def key: split("/") | if length == 1 then (.[0] | name)
      elif length == 2 then (.[0] | test("^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")) and (.[1] | name) else false end;
    all(.nodeLabels | to_entries[]; (.key | key) and (.value == "" or (.value | name)))
    and all(.taints[]; (.key | key) and ((.value // "") | . == "" or name))
  ' "$NODE" >/dev/null
}

bootstrap() {
  local role
  mkdir -p "$STATE"
  install -d -m 0700 "$RUN"
  install_tools
  role=$(node .role)
  prepare_image
  prepare_kernel
  mount_etcd_disk
  if has_joined; then
    step finished "this node has joined before"
    if [ "$role" != worker ]; then route_own_endpoint; fi
    resume_node
    if [ "$role" = worker ]; then upgrade_in_place; fi
    return 0
  fi
  clear_attempt
  check_labels
  open_host_firewall
  install_packages
  start_containerd
  systemctl --quiet enable kubelet
  case "$role" in
    worker) join_as worker ;;
    control-plane-init | control-plane-join) become_control_plane "$role" ;;
    *) give_up "unknown role $role" ;;
  esac
  touch "$STATE/joined"
  step finished "this machine is a node now"
}

# A worker that was restarted with newer boot data takes what is new in it; the kernel's turn may need another restart.
upgrade_in_place() {
  local version present
  version=$(node .kubernetesVersion)
  # One that cannot be asked is left as it is: a node that works is worth more than a new one.
  present=$(kubelet --version 2>/dev/null || true)
  case "$present" in "" | "Kubernetes v$version") return 0 ;; esac
  step upgrade "to Kubernetes $version in place"
  upgrade_system
  install_packages
  start_containerd
  kubeadm upgrade node
  systemctl daemon-reload
  systemctl restart kubelet
  if restart_needed; then
    step restart "for the kernel"
    systemctl reboot
  fi
}

# What a failed or interrupted kubeadm leaves behind; etcd's data and the keys stay.
clear_attempt() {
  if has_joined; then return 0; fi
  rm -f /etc/kubernetes/manifests/*.yaml /etc/kubernetes/*.conf /etc/kubernetes/pki/ca.crt
  rm -f /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env
  # The kubelet is still up and stops the static pods whose manifests are gone.
  for _ in {1..60}; do
    if ! ss --listening --tcp --numeric | grep -qE ':(2379|6443|10257|10259) '; then break; fi
    sleep 1
  done
  systemctl stop kubelet || true
}

main() {
  local wait=15 status
  umask 022
  while :; do
    set +e
    (
      set -eEuo pipefail
      trap 'failed "line $LINENO: $BASH_COMMAND"' ERR
      bootstrap
    )
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then return 0; fi
    say "step retry in $wait s"
    clear_attempt
    sleep "$wait"
    wait=$((wait * 2 > 300 ? 300 : wait * 2))
  done
}

# The last line: a script that was cut short does nothing.
main
