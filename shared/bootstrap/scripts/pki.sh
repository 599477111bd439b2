# The cluster's keys: read from Secret Manager as this machine's own service account, never from metadata.
fetch_pki() {
  local hash
  step pki "reading the cluster's keys from Secret Manager"
  metadata instance/service-accounts/default/token | jq -er '"Authorization: Bearer " + .access_token' >"$RUN/secret-header"
  fetch --header "@$RUN/secret-header" \
    "$(node '"https://secretmanager.googleapis.com/v1/projects/\(.project | @uri)/secrets/\(.pkiSecret | @uri)/versions/latest:access"')" |
    jq -er .payload.data | base64 --decode >"$RUN/pki.json"
  mkdir -p /etc/kubernetes/pki/etcd
  local file
  for file in ca.crt ca.key front-proxy-ca.crt front-proxy-ca.key etcd/ca.crt etcd/ca.key sa.key sa.pub; do
    jq -er --arg file "$file" '.[$file]' "$RUN/pki.json" >"/etc/kubernetes/pki/$file"
    chmod 0600 "/etc/kubernetes/pki/$file"
  done
  rm -f "$RUN/pki.json" "$RUN/secret-header"
  hash=sha256:$(openssl x509 -in /etc/kubernetes/pki/ca.crt -noout -pubkey | openssl pkey -pubin -outform der | sha256sum | awk '{ print $1 }')
  if [ "$hash" != "$(node .caHash)" ]; then
    give_up "the secret holds another CA ($hash) than this cluster has"
  fi
}
