#!/bin/bash
# Makes this machine a node of its Kubernetes cluster. Data first, each file in base64; then the constant script.
write_file() {
  mkdir -p "$(dirname "$1")"
  base64 --decode >"$1.new"
  chmod "$2" "$1.new"
  mv "$1.new" "$1"
}

write_file /etc/clusterwright/node.json 0644 <<'END_OF_FILE'
ewogICJhcGkiOiB7CiAgICAiZXh0ZXJuYWxBZGRyZXNzIjogIjIwMy4wLjExMy43IiwKICAgICJp
bnRlcm5hbEFkZHJlc3MiOiAiMTAuMTAuMC4yIiwKICAgICJwb3J0IjogNjQ0MwogIH0sCiAgImFw
aVNlcnZlckVuZHBvaW50IjogIjEwLjEwLjAuMjo2NDQzIiwKICAiYmluRGlyZWN0b3J5IjogIi91
c3IvbG9jYWwvYmluIiwKICAiY2FIYXNoIjogInNoYTI1NjowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1
Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmIiwKICAiY2x1c3Rlcklk
IjogImNoZWNrb3V0LXByb2QiLAogICJldGNkRGV2aWNlTmFtZSI6ICJldGNkIiwKICAiam9pblVy
bCI6ICJodHRwczovL25vZGUtam9pbi1hYmMxMjMtZXouYS5ydW4uYXBwIiwKICAia3ViZXJuZXRl
c01pbm9yIjogIjEuMzYiLAogICJrdWJlcm5ldGVzVmVyc2lvbiI6ICIxLjM2LjQiLAogICJtZW1i
ZXIiOiAwLAogICJuZXR3b3JrIjogewogICAgInBvZHMiOiAiMTAuNjQuMC4wLzE0IiwKICAgICJz
ZXJ2aWNlcyI6ICIxMC45Ni4wLjAvMjAiCiAgfSwKICAibm9kZUxhYmVscyI6IHt9LAogICJvcyI6
ICJjZW50b3Mtc3RyZWFtLTEwIiwKICAicGFja2FnZXMiOiB7CiAgICAiY29udGFpbmVyZEtleSI6
ICJodHRwczovL2Rvd25sb2FkLmRvY2tlci5jb20vbGludXgvY2VudG9zL2dwZyIsCiAgICAia3Vi
ZXJuZXRlc0tleSI6ICJodHRwczovL3BrZ3MuazhzLmlvL2NvcmU6L3N0YWJsZTovdjEuMzYvcnBt
L3JlcG9kYXRhL3JlcG9tZC54bWwua2V5IgogIH0sCiAgInBraVNlY3JldCI6ICJjaGVja291dC1w
cm9kLWExYjJjMy1wa2kiLAogICJwbHVnaW4iOiAiY2lsaXVtIiwKICAicHJvamVjdCI6ICJhY21l
LXByb2QiLAogICJyZWdpb24iOiAiZXVyb3BlLXdlc3Q0IiwKICAicm9sZSI6ICJjb250cm9sLXBs
YW5lLWpvaW4iLAogICJ0YWludHMiOiBbXSwKICAidWlkIjogImExYjJjMyIsCiAgInZlcnNpb24i
OiAxCn0K
END_OF_FILE
write_file /etc/clusterwright/kubeadm/join.json 0644 <<'END_OF_FILE'
ewogICJhcGlWZXJzaW9uIjogImt1YmVhZG0uazhzLmlvL3YxYmV0YTQiLAogICJjb250cm9sUGxh
bmUiOiB7CiAgICAibG9jYWxBUElFbmRwb2ludCI6IHsKICAgICAgImJpbmRQb3J0IjogNjQ0Mwog
ICAgfQogIH0sCiAgImRpc2NvdmVyeSI6IHsKICAgICJib290c3RyYXBUb2tlbiI6IHsKICAgICAg
ImFwaVNlcnZlckVuZHBvaW50IjogIjEwLjEwLjAuMjo2NDQzIiwKICAgICAgImNhQ2VydEhhc2hl
cyI6IFsKICAgICAgICAic2hhMjU2OjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEy
MzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYiCiAgICAgIF0KICAgIH0KICB9LAogICJraW5k
IjogIkpvaW5Db25maWd1cmF0aW9uIiwKICAibm9kZVJlZ2lzdHJhdGlvbiI6IHsKICAgICJjcmlT
b2NrZXQiOiAidW5peDovLy9ydW4vY29udGFpbmVyZC9jb250YWluZXJkLnNvY2siLAogICAgImln
bm9yZVByZWZsaWdodEVycm9ycyI6IFtdLAogICAgImltYWdlUHVsbFBvbGljeSI6ICJJZk5vdFBy
ZXNlbnQiLAogICAgImt1YmVsZXRFeHRyYUFyZ3MiOiBbCiAgICAgIHsKICAgICAgICAibmFtZSI6
ICJjbG91ZC1wcm92aWRlciIsCiAgICAgICAgInZhbHVlIjogImV4dGVybmFsIgogICAgICB9LAog
ICAgICB7CiAgICAgICAgIm5hbWUiOiAiaW1hZ2UtY3JlZGVudGlhbC1wcm92aWRlci1iaW4tZGly
IiwKICAgICAgICAidmFsdWUiOiAiL3Vzci9sb2NhbC9iaW4iCiAgICAgIH0sCiAgICAgIHsKICAg
ICAgICAibmFtZSI6ICJpbWFnZS1jcmVkZW50aWFsLXByb3ZpZGVyLWNvbmZpZyIsCiAgICAgICAg
InZhbHVlIjogIi9ldGMvY2x1c3RlcndyaWdodC9pbWFnZS1jcmVkZW50aWFscy55YW1sIgogICAg
ICB9CiAgICBdLAogICAgInRhaW50cyI6IFsKICAgICAgewogICAgICAgICJlZmZlY3QiOiAiTm9T
Y2hlZHVsZSIsCiAgICAgICAgImtleSI6ICJub2RlLXJvbGUua3ViZXJuZXRlcy5pby9jb250cm9s
LXBsYW5lIgogICAgICB9CiAgICBdCiAgfQp9Cg==
END_OF_FILE
write_file /etc/clusterwright/packages/kubernetes.repo 0644 <<'END_OF_FILE'
W2t1YmVybmV0ZXNdCm5hbWU9S3ViZXJuZXRlcwpiYXNldXJsPWh0dHBzOi8vcGtncy5rOHMuaW8v
Y29yZTovc3RhYmxlOi92MS4zNi9ycG0vCmVuYWJsZWQ9MQpncGdjaGVjaz0xCnJlcG9fZ3BnY2hl
Y2s9MQpncGdrZXk9aHR0cHM6Ly9wa2dzLms4cy5pby9jb3JlOi9zdGFibGU6L3YxLjM2L3JwbS9y
ZXBvZGF0YS9yZXBvbWQueG1sLmtleQpleGNsdWRlPWt1YmVsZXQga3ViZWFkbSBrdWJlY3RsIGNy
aS10b29scyBrdWJlcm5ldGVzLWNuaQo=
END_OF_FILE
write_file /etc/clusterwright/packages/containerd.repo 0644 <<'END_OF_FILE'
W2NvbnRhaW5lcmRdCm5hbWU9Y29udGFpbmVyZApiYXNldXJsPWh0dHBzOi8vZG93bmxvYWQuZG9j
a2VyLmNvbS9saW51eC9jZW50b3MvMTAvJGJhc2VhcmNoL3N0YWJsZQplbmFibGVkPTEKZ3BnY2hl
Y2s9MQpncGdrZXk9aHR0cHM6Ly9kb3dubG9hZC5kb2NrZXIuY29tL2xpbnV4L2NlbnRvcy9ncGcK
ZXhjbHVkZT1jb250YWluZXJkLmlvCg==
END_OF_FILE
write_file /etc/modules-load.d/clusterwright.conf 0644 <<'END_OF_FILE'
b3ZlcmxheQpicl9uZXRmaWx0ZXIKbmZfY29ubnRyYWNrCm5mX3RhYmxlcwo=
END_OF_FILE
write_file /etc/sysctl.d/90-clusterwright.conf 0644 <<'END_OF_FILE'
bmV0LmJyaWRnZS5icmlkZ2UtbmYtY2FsbC1pcHRhYmxlcyA9IDEKbmV0LmJyaWRnZS5icmlkZ2Ut
bmYtY2FsbC1pcDZ0YWJsZXMgPSAxCm5ldC5pcHY0LmlwX2ZvcndhcmQgPSAxCm5ldC5pcHY2LmNv
bmYuYWxsLmZvcndhcmRpbmcgPSAxCmZzLmlub3RpZnkubWF4X3VzZXJfaW5zdGFuY2VzID0gODE5
Mgpmcy5pbm90aWZ5Lm1heF91c2VyX3dhdGNoZXMgPSA1MjQyODgKdm0ub3ZlcmNvbW1pdF9tZW1v
cnkgPSAxCmtlcm5lbC5wYW5pYyA9IDEwCmtlcm5lbC5wYW5pY19vbl9vb3BzID0gMQo=
END_OF_FILE
write_file /etc/containerd/config.toml 0644 <<'END_OF_FILE'
dmVyc2lvbiA9IDMKCltwbHVnaW5zLidpby5jb250YWluZXJkLmNyaS52MS5pbWFnZXMnLnBpbm5l
ZF9pbWFnZXNdCiAgc2FuZGJveCA9ICdyZWdpc3RyeS5rOHMuaW8vcGF1c2U6My4xMC4yJwoKW3Bs
dWdpbnMuJ2lvLmNvbnRhaW5lcmQuY3JpLnYxLmltYWdlcycucmVnaXN0cnldCiAgY29uZmlnX3Bh
dGggPSAnL2V0Yy9jb250YWluZXJkL2NlcnRzLmQnCgpbcGx1Z2lucy4naW8uY29udGFpbmVyZC5j
cmkudjEucnVudGltZScuY29udGFpbmVyZF0KICBkZWZhdWx0X3J1bnRpbWVfbmFtZSA9ICdydW5j
JwoKW3BsdWdpbnMuJ2lvLmNvbnRhaW5lcmQuY3JpLnYxLnJ1bnRpbWUnLmNvbnRhaW5lcmQucnVu
dGltZXMucnVuY10KICBydW50aW1lX3R5cGUgPSAnaW8uY29udGFpbmVyZC5ydW5jLnYyJwoKW3Bs
dWdpbnMuJ2lvLmNvbnRhaW5lcmQuY3JpLnYxLnJ1bnRpbWUnLmNvbnRhaW5lcmQucnVudGltZXMu
cnVuYy5vcHRpb25zXQogIFN5c3RlbWRDZ3JvdXAgPSB0cnVlCg==
END_OF_FILE
write_file /etc/containerd/certs.d/docker.io/hosts.toml 0644 <<'END_OF_FILE'
c2VydmVyID0gJ2h0dHBzOi8vcmVnaXN0cnktMS5kb2NrZXIuaW8nCgpbaG9zdC4naHR0cHM6Ly9t
aXJyb3IuZ2NyLmlvJ10KICBjYXBhYmlsaXRpZXMgPSBbJ3B1bGwnLCAncmVzb2x2ZSddCg==
END_OF_FILE
write_file /etc/clusterwright/image-credentials.yaml 0644 <<'END_OF_FILE'
YXBpVmVyc2lvbjoga3ViZWxldC5jb25maWcuazhzLmlvL3YxCmtpbmQ6IENyZWRlbnRpYWxQcm92
aWRlckNvbmZpZwpwcm92aWRlcnM6CiAgLSBuYW1lOiBjbHVzdGVyd3JpZ2h0LXJlZ2lzdHJ5LWNy
ZWRlbnRpYWxzCiAgICBhcGlWZXJzaW9uOiBjcmVkZW50aWFscHJvdmlkZXIua3ViZWxldC5rOHMu
aW8vdjEKICAgIGRlZmF1bHRDYWNoZUR1cmF0aW9uOiAxbQogICAgbWF0Y2hJbWFnZXM6CiAgICAg
IC0gImdjci5pbyIKICAgICAgLSAiKi5nY3IuaW8iCiAgICAgIC0gIioucGtnLmRldiIK
END_OF_FILE
write_file /usr/local/bin/clusterwright-registry-credentials 0755 <<'END_OF_FILE'
IyEvYmluL2Jhc2gKIyBBIGt1YmVsZXQgY3JlZGVudGlhbCBwcm92aWRlcjogaW1hZ2VzIG9mIEFy
dGlmYWN0IFJlZ2lzdHJ5IGFyZSBwdWxsZWQgYXMgdGhlIG1hY2hpbmUncyBvd24gc2VydmljZSBh
Y2NvdW50LgojIFRoZSBwcm90b2NvbCBpcyBjcmVkZW50aWFscHJvdmlkZXIua3ViZWxldC5rOHMu
aW8vdjE6IGEgcmVxdWVzdCBvbiBzdGFuZGFyZCBpbnB1dCwgYSByZXNwb25zZSBvbiBzdGFuZGFy
ZCBvdXRwdXQuCnNldCAtZXVvIHBpcGVmYWlsCmNhdCA+L2Rldi9udWxsCmN1cmwgLS1mYWlsIC0t
c2lsZW50IC0tc2hvdy1lcnJvciAtLW1heC10aW1lIDEwIC0taGVhZGVyICdNZXRhZGF0YS1GbGF2
b3I6IEdvb2dsZScgXAogIGh0dHA6Ly9tZXRhZGF0YS5nb29nbGUuaW50ZXJuYWwvY29tcHV0ZU1l
dGFkYXRhL3YxL2luc3RhbmNlL3NlcnZpY2UtYWNjb3VudHMvZGVmYXVsdC90b2tlbiB8CiAganEg
LS1jb21wYWN0LW91dHB1dCAnCiAgICB7IHVzZXJuYW1lOiAib2F1dGgyYWNjZXNzdG9rZW4iLCBw
YXNzd29yZDogLmFjY2Vzc190b2tlbiB9IGFzICRsb2dpbgogICAgfCB7CiAgICAgICAgYXBpVmVy
c2lvbjogImNyZWRlbnRpYWxwcm92aWRlci5rdWJlbGV0Lms4cy5pby92MSIsCiAgICAgICAga2lu
ZDogIkNyZWRlbnRpYWxQcm92aWRlclJlc3BvbnNlIiwKICAgICAgICBjYWNoZUtleVR5cGU6ICJH
bG9iYWwiLAogICAgICAgICMgVGhlIG1ldGFkYXRhIHNlcnZlciByZW5ld3MgYSB0b2tlbiBpbiBp
dHMgbGFzdCBmaXZlIG1pbnV0ZXM7IGEgbWludXRlIGlzIGxlZnQgZm9yIHRoZSBwdWxsLgogICAg
ICAgIGNhY2hlRHVyYXRpb246ICJcKFsuZXhwaXJlc19pbiAtIDYwLCAwXSB8IG1heClzIiwKICAg
ICAgICBhdXRoOiB7ICIqLnBrZy5kZXYiOiAkbG9naW4sICJnY3IuaW8iOiAkbG9naW4sICIqLmdj
ci5pbyI6ICRsb2dpbiB9CiAgICAgIH0KICAnCg==
END_OF_FILE

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

# The etcd disk: formatted only if blank, mounted before any kubelet starts, at every boot.
write_etcd_mount() {
  cat >/etc/systemd/system/var-lib-etcd.mount <<UNIT
[Unit]
Description=The disk that holds this member's etcd data
Before=kubelet.service
[Mount]
What=$1
Where=/var/lib/etcd
Type=ext4
Options=defaults,discard
[Install]
WantedBy=multi-user.target
UNIT
  mkdir -p /etc/systemd/system/kubelet.service.d
  # Without its disk the kubelet would start an etcd without data.
  printf '[Unit]\nRequires=var-lib-etcd.mount\nAfter=var-lib-etcd.mount\n' >/etc/systemd/system/kubelet.service.d/20-etcd-disk.conf
  systemctl daemon-reload
  systemctl --quiet enable var-lib-etcd.mount
}

mount_etcd_disk() {
  local name device probe=0
  name=$(jq -r '.etcdDeviceName // ""' "$NODE")
  if [ -z "$name" ]; then return 0; fi
  step etcd-disk "$name"
  if [[ ! $name =~ ^[a-z][-a-z0-9]{0,62}$ ]]; then
    give_up "the device name is not one that Compute Engine would give"
  fi
  device=/dev/disk/by-id/google-$name
  for _ in {1..60}; do
    if [ -b "$device" ]; then break; fi
    sleep 1
  done
  if [ ! -b "$device" ]; then
    give_up "no disk $device; attach the disk with this device name"
  fi
  # blkid answers 2 when it finds nothing at all, and only then is the disk blank.
  blkid --probe "$device" >/dev/null || probe=$?
  if [ "$probe" -eq 2 ] && has_joined; then
    give_up "$device is blank although this node has joined; attach its own disk again"
  elif [ "$probe" -eq 2 ]; then
    say "step etcd-disk $name is blank, formatting"
    mkfs.ext4 -q -L etcd "$device"
  elif [ "$probe" -ne 0 ]; then
    give_up "cannot tell what is on $device (blkid answers $probe); leaving it alone"
  fi
  write_etcd_mount "$device"
  mkdir -p /var/lib/etcd
  systemctl start var-lib-etcd.mount
  if ! mountpoint --quiet /var/lib/etcd; then
    give_up "$device does not mount; journalctl -u var-lib-etcd.mount says why"
  fi
  chmod 0700 /var/lib/etcd
}

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
