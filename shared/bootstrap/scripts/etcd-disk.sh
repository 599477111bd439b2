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
