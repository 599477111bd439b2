# Asking the control plane to join: an identity token goes there, a bootstrap token of 15 minutes comes back.
# Seconds between tries while the control plane is busy or not there yet, and after it said no.
JOIN_WAIT_FIRST=5
JOIN_WAIT_LAST=60
JOIN_WAIT_REFUSED=300

ask_to_join() {
  local url status
  url=$(node .joinUrl)
  metadata instance/service-accounts/default/identity --data-urlencode "audience=$url" --data format=full >"$RUN/identity" || return 1
  jq -Rr '"Authorization: Bearer " + .' "$RUN/identity" >"$RUN/join-header"
  jq -c --arg role "$1" --arg name "$(node_name)" \
    '{ cluster: .clusterId, uid, role: $role, nodeName: $name }' "$NODE" >"$RUN/join-request"
  status=$(curl --silent --show-error --max-time 60 --output "$RUN/join-answer" --write-out '%{http_code}' \
    --header "@$RUN/join-header" --header 'Content-Type: application/json' --data "@$RUN/join-request" "$url") || status=000
  rm -f "$RUN/identity" "$RUN/join-header"
  printf '%s\n' "$status"
}

# Waits as long as it takes: the cluster may come up later than this machine.
obtain_join_answer() {
  local wait=$JOIN_WAIT_FIRST status
  step join-request "asking as $1"
  while :; do
    status=$(ask_to_join "$1") || status=000
    case "$status" in
      200) return 0 ;;
      429 | 5?? | 000) say "step join-request answered $status, again in $wait s" ;;
      *)
        failed "answered $status: $(head -c 300 "$RUN/join-answer" | tr -cd '[:print:]'); again in $JOIN_WAIT_REFUSED s"
        sleep "$JOIN_WAIT_REFUSED"
        continue
        ;;
    esac
    sleep "$wait"
    wait=$((wait * 2 > JOIN_WAIT_LAST ? JOIN_WAIT_LAST : wait * 2))
  done
}

# The CA's hash is the one that this machine was born with, not one from the answer.
write_join_document() {
  jq --arg name "$(node_name)" --slurpfile answer "$RUN/join-answer" --slurpfile node "$NODE" '
    .nodeRegistration.name = $name
    | .discovery.bootstrapToken.token = $answer[0].token
    | .discovery.bootstrapToken.apiServerEndpoint = $answer[0].apiServerEndpoint
    | .discovery.bootstrapToken.caCertHashes = [$node[0].caHash]
  ' "$KUBEADM/join.json" >"$RUN/join.json"
  rm -f "$RUN/join-answer"
}

join_as() {
  obtain_join_answer "$1"
  write_join_document
  if [ "$1" = control-plane ]; then
    # The API server that it joins by runs beside an etcd member.
    settle_etcd_member "$(jq -er '.discovery.bootstrapToken.apiServerEndpoint | sub(":[0-9]+$"; "")' "$RUN/join.json")"
  fi
  step kubeadm-join "as $1"
  kubeadm join --config "$RUN/join.json"
  rm -f "$RUN/join.json"
}
