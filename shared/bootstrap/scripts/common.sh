# Words for the serial console, and small things that every step uses.
NODE=/etc/clusterwright/node.json
KUBEADM=/etc/clusterwright/kubeadm
STATE=/var/lib/clusterwright
# Memory only: tokens and keys pass through here.
RUN=/run/clusterwright
METADATA=http://metadata.google.internal/computeMetadata/v1
STEP=start

say() { printf 'clusterwright: %s\n' "$*"; }
step() {
  STEP=$1
  shift
  say "step $STEP $*"
}
failed() { say "failed $STEP: $*"; }
# Ends this attempt with a sentence for the person at the console; `main` tries again.
give_up() {
  failed "$@"
  trap - ERR
  exit 1
}
# A fact of this machine, by a constant jq path; fails when it is missing.
node() { jq -er "$1" "$NODE"; }
# The first label of the host's name, which is the instance's; an agent that is late leaves it at localhost.
node_name() {
  local name
  name=$(uname -n)
  name=${name%%.*}
  case "$name" in '' | localhost) name=$(metadata instance/name) ;; esac
  printf '%s\n' "$name"
}
fetch() { curl --fail --silent --show-error --location --retry 5 --retry-connrefused --max-time 600 "$@"; }
metadata() { curl --fail --silent --show-error --max-time 30 --header 'Metadata-Flavor: Google' --get "$METADATA/$1" "${@:2}"; }
has_joined() { [ -e "$STATE/joined" ]; }
