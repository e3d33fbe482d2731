#!/bin/bash
# Runs as pid 1 of a test host, in its own mount, pid, uts and network namespace. $1 = the folder of the host.
set -e
D=$1
mount --make-rprivate /
mount -t tmpfs -o mode=755 none /run
mkdir -p /run/sshd /run/lock /run/libvirt /run/user
for file in passwd shadow group; do mount --bind "$D/etc/$file" "/etc/$file"; done
[ -d /etc/pam.d ] && mount --bind "$D/etc/pam.d" /etc/pam.d
mount --bind "$D/home" /home
mkdir -p "$D/root"; chmod 700 "$D/root"; mount --bind "$D/root" /root
ip link set lo up
# The network is plugged in from outside: libvirtd does not listen without an address.
touch "$D/init"
while [ ! -e "$D/plugged" ]; do sleep 0.01; done

# Programs to hide: the folders are replaced by links to everything else.
if [ -s "$D/hide" ]; then
  for folder in /usr/bin /usr/sbin; do
    farm=$D/farm$folder; mkdir -p "$farm" "$D/real$folder"
    mount --bind "$folder" "$D/real$folder"
    ls "$D/real$folder" | grep -vxFf "$D/hide" | sed "s|^|$D/real$folder/|" | xargs -d '\n' ln -s -t "$farm"
    mount --bind "$farm" "$folder"
  done
fi

if [ -d "$D/libvirt" ]; then
  for part in lib log cache; do mkdir -p "$D/libvirt/$part" "/var/$part/libvirt"; mount --bind "$D/libvirt/$part" "/var/$part/libvirt"; done
  mkdir -p /etc/libvirt; mount --bind "$D/libvirt/etc" /etc/libvirt
  [ -f "$D/libvirt/start" ] && { virtlogd -d; libvirtd -d $(cat "$D/libvirt/start"); }
fi
/usr/sbin/sshd -f "$D/sshd_config" -E "$D/sshd.log"
touch "$D/ready"
trap 'exit 0' TERM
while :; do sleep 3600 & wait $!; done
