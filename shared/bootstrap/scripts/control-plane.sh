# How a control-plane machine comes to life: first of its cluster, next of it, or back with its old disk.

# A machine meant to be the first may be a replacement: then the cluster answers, and a second one must not be made.
cluster_answers() {
  curl --silent --output /dev/null --max-time 10 --cacert /etc/kubernetes/pki/ca.crt "https://$(node .apiServerEndpoint)/readyz"
}

initialise_cluster() {
  step kubeadm-init "as the first control-plane machine"
  route_own_endpoint
  jq --arg name "$(node_name)" '.nodeRegistration.name = $name' "$KUBEADM/init.json" >"$RUN/init.json"
  if has_etcd_data; then keep_etcd_data init; fi
  {
    cat "$RUN/init.json"
    local document
    for document in cluster kubelet kube-proxy; do
      printf -- '---\n'
      cat "$KUBEADM/$document.json"
    done
  } >"$RUN/init.yaml"
  kubeadm init --config "$RUN/init.yaml" --skip-token-print
}

become_control_plane() {
  fetch_pki
  check_etcd_owner
  if [ "$1" = control-plane-init ]; then
    if has_etcd_data || ! cluster_answers; then
      initialise_cluster
      return 0
    fi
    say "step kubeadm-init the cluster already answers, joining it instead"
  fi
  join_as control-plane
  route_own_endpoint
}
