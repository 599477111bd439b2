# How a control-plane machine comes to life: first of its cluster, next of it, or back with its old disk.
ETCD_DATA=/var/lib/etcd/data

# A machine meant to be the first may be a replacement: then the cluster answers, and a second one must not be made.
cluster_answers() {
  curl --silent --output /dev/null --max-time 10 --cacert /etc/kubernetes/pki/ca.crt "https://$(node .apiServerEndpoint)/readyz"
}

initialise_cluster() {
  step kubeadm-init "as the first control-plane machine"
  route_own_endpoint
  {
    jq --arg name "$(node_name)" '.nodeRegistration.name = $name' "$KUBEADM/init.json"
    local document
    for document in cluster kubelet kube-proxy; do
      printf -- '---\n'
      cat "$KUBEADM/$document.json"
    done
  } >"$RUN/init.yaml"
  kubeadm init --config "$RUN/init.yaml" --skip-token-print
}

# A kept disk first tries to go on as the member that it was. If that failed, the cluster no longer knows the member.
# Data that our own attempts wrote stays: it belongs to the member that they added.
set_old_member_aside() {
  if [ ! -e "$STATE/first-attempt-found" ]; then
    if [ -d "$ETCD_DATA/member" ]; then echo member; else echo nothing; fi >"$STATE/first-attempt-found"
  elif [ "$(cat "$STATE/first-attempt-found")" = member ]; then
    step etcd-disk "the old member's data is set aside"
    mv "$ETCD_DATA" "$ETCD_DATA.replaced-$(date +%s)"
    echo nothing >"$STATE/first-attempt-found"
  fi
}

become_control_plane() {
  fetch_pki
  if [ "$1" = control-plane-init ]; then
    if [ -d "$ETCD_DATA/member" ] || ! cluster_answers; then
      initialise_cluster
      return 0
    fi
    say "step kubeadm-init the cluster already answers, joining it instead"
  fi
  set_old_member_aside
  join_as control-plane
  route_own_endpoint
}
