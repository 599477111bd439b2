# Which etcd member this machine is. Its disk and etcd's own list must agree: a member that comes back without its data,
# or with another's, no longer holds what the others were told that it holds.
ETCD_DATA=/var/lib/etcd/data
# Beside the data, for kubeadm wants that folder to itself.
ETCD_OWNER=/var/lib/etcd/owner
ETCD_PKI=/etc/kubernetes/pki/etcd

has_etcd_data() { [ -d "$ETCD_DATA/member" ]; }

# A disk says whose it is before there is anything on it.
check_etcd_owner() {
  local mine found=''
  step etcd-owner "whose data the disk holds"
  mine=$(node '"member \(.member) of cluster \(.clusterId) (uid \(.uid))"')
  if ! has_etcd_data; then
    mkdir -p "${ETCD_OWNER%/*}"
    printf '%s\n' "$mine" >"$ETCD_OWNER"
    return 0
  fi
  if [ -f "$ETCD_OWNER" ]; then found=$(head -c 200 "$ETCD_OWNER" | tr -cd '[:print:]'); fi
  if [ "$found" != "$mine" ]; then
    give_up "the disk holds etcd data of ${found:-a member that it does not name}, and this machine is $mine; attach its own disk, or an empty one"
  fi
}

# The members, as the one at an address knows them. Its own authority signs who asks; without a common name, which etcd's
# gateway might take for a user's.
list_etcd_members() {
  step etcd-members "asking etcd at $1"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$RUN/etcd.key"
  openssl req -new -key "$RUN/etcd.key" -subj /O=clusterwright -out "$RUN/etcd.csr"
  printf 'extendedKeyUsage = clientAuth\n' >"$RUN/etcd.ext"
  openssl x509 -req -in "$RUN/etcd.csr" -CA "$ETCD_PKI/ca.crt" -CAkey "$ETCD_PKI/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -days 1 -extfile "$RUN/etcd.ext" -out "$RUN/etcd.crt"
  curl --silent --show-error --fail --max-time 30 --cacert "$ETCD_PKI/ca.crt" --cert "$RUN/etcd.crt" --key "$RUN/etcd.key" \
    --header 'Content-Type: application/json' --data '{"linearizable":true}' \
    "https://$1:2379/v3/cluster/member/list" >"$RUN/etcd-members"
  rm -f "$RUN/etcd.key" "$RUN/etcd.csr" "$RUN/etcd.ext" "$RUN/etcd.crt"
}

# Prints `new`, `back`, or the ID of the member in the way and what it is. A member that never started has no name yet.
member_standing() {
  local data=no
  if has_etcd_data; then data=yes; fi
  jq -r --arg name "$(node_name)" --arg url "https://$1:2380" --arg data "$data" '
    [.members[] | { id: .ID, name: (.name // ""), url: (.peerURLs[0] // "") }] as $all
    | ($all | map(select(.url == $url)) | .[0]) as $here
    | ($all | map(select(.name == $name and .url != $url)) | .[0]) as $elsewhere
    | if $elsewhere != null then "\($elsewhere.id) etcd lists this member at \($elsewhere.url), and this machine is at \($url)"
      elif $here == null then "new"
      elif $here.name != "" and $here.name != $name then "\($here.id) etcd lists \($here.name) at \($url)"
      elif $data == "yes" then "back"
      elif $here.name == "" then "new"
      else "\($here.id) the etcd disk is empty, and etcd still lists the member that it held"
      end
  ' "$RUN/etcd-members"
}

# Before kubeadm join: a member goes on with its data, a new one starts without any, and nothing else joins.
settle_etcd_member() {
  local standing
  list_etcd_members "$1"
  standing=$(member_standing "$(metadata instance/network-interfaces/0/ip)")
  rm -f "$RUN/etcd-members"
  case "$standing" in
    back)
      step etcd-member "its disk holds this member's data, going on with it"
      keep_etcd_data join
      # Older kubeadm want every member well before one may join, the one that joins among them (kubernetes #138403).
      jq '.skipPhases = ["check-etcd"]' "$RUN/join.json" >"$RUN/join-back.json"
      mv "$RUN/join-back.json" "$RUN/join.json"
      ;;
    new)
      if has_etcd_data; then
        step etcd-member "etcd no longer lists this member, its data is set aside"
        mv "$ETCD_DATA" "$ETCD_DATA.replaced-$(date +%s)"
      fi
      ;;
    *)
      give_up "${standing#* }; remove that member by hand (etcdctl member remove $(printf '%x' "${standing%% *}")), and this machine joins by itself"
      ;;
  esac
}

# kubeadm refuses a folder that holds data, unless it is told that this is meant.
keep_etcd_data() {
  jq '.nodeRegistration.ignorePreflightErrors += ["DirAvailable--var-lib-etcd-data"]' "$RUN/$1.json" >"$RUN/kept.json"
  mv "$RUN/kept.json" "$RUN/$1.json"
}
