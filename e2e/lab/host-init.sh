#!/bin/bash
# One lab host: a libvirtd, virtlogd and sshd of their own inside net, mount, uts, pid and cgroup namespaces.
#
#   host-init.sh outer NAME DIR   enters a cgroup of its own, then the namespaces (run by host.ts)
#   host-init.sh inner NAME DIR   is process 1 of the host; returns when standard input closes, and everything in it ends with it
#
# DIR is laid out by host-files.ts. Inside, it is always seen as /srv/host, so nothing depends on where DIR really is.
set -e
phase=$1 name=$2 dir=$3 self=$(readlink -f "$0")
controllers='cpu cpuacct memory blkio freezer'

enter_cgroup() {
  local group
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    group=/sys/fs/cgroup/$NOVACRON_LAB_CGROUP
    mkdir -p "$group" && echo $$ >"$group/cgroup.procs" || true
    return
  fi
  for c in $controllers; do
    group=/sys/fs/cgroup/$c/$NOVACRON_LAB_CGROUP
    [ -d "/sys/fs/cgroup/$c" ] && mkdir -p "$group" && echo $$ >"$group/cgroup.procs" || true
  done
}

mount_cgroup() {
  # A sysfs of this network namespace: the outer one names links that are not ours. Nothing of the outer one may stay
  # in the mount table, where libvirt would find cgroups that are covered.
  umount -R -l /sys
  mount -t sysfs none /sys
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 none /sys/fs/cgroup
    return
  fi
  mount -t tmpfs none /sys/fs/cgroup
  for c in $controllers; do
    mkdir "/sys/fs/cgroup/$c"
    mount -t cgroup -o "$c" none "/sys/fs/cgroup/$c" 2>/dev/null || rmdir "/sys/fs/cgroup/$c"
  done
}

# A /dev without kvm: a nested KVM device may exist and still boot nothing, so every guest runs under TCG.
hide_kvm() {
  local dev=/srv/dev x
  mkdir $dev
  mount -t tmpfs -o mode=755 none $dev
  for x in null zero full random urandom tty net pts shm loop-control; do
    if [ -d /dev/$x ]; then
      mkdir $dev/$x
      mount --rbind /dev/$x $dev/$x
    elif [ -e /dev/$x ]; then
      touch $dev/$x
      mount --bind /dev/$x $dev/$x
    fi
  done
  ln -s /proc/self/fd $dev/fd
  ln -s pts/ptmx $dev/ptmx
  mount --move $dev /dev
  rmdir $dev
}

# Programs a host is not to have: whited out in an overlay of /usr/bin; without overlayfs, files that cannot be run in their place.
hide_programs() {
  [ -n "$NOVACRON_LAB_HIDE" ] || return 0
  mkdir -p /run/hide/upper /run/hide/work
  for f in $NOVACRON_LAB_HIDE; do mknod "/run/hide/upper/${f##*/}" c 0 0; done
  if mount -t overlay -o lowerdir=/usr/bin,upperdir=/run/hide/upper,workdir=/run/hide/work none /usr/bin 2>/dev/null; then return 0; fi
  for f in $NOVACRON_LAB_HIDE; do
    if [ -e "$f" ]; then mount --bind /dev/null "$f"; fi
  done
}

mount_files() {
  mount --make-rprivate /
  mkdir -p /srv
  # The bind mounts are made from a handle on DIR: /run, /root and /home, where it may live, are covered on the way.
  cd "$dir"
  mkdir -p shared && mount --bind "$NOVACRON_LAB_SHARED" shared
  mkdir -p boot && mount --bind "$NOVACRON_LAB_GUEST" boot
  mkdir -p /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /etc/libvirt
  mount -t tmpfs -o mode=755 none /srv
  mkdir /srv/host
  mount --rbind . /srv/host
  cd /srv/host
  mount -t tmpfs -o mode=755 none /run
  mkdir -p /run/libvirt /run/sshd /run/lock /run/dbus
  chmod 755 /run/sshd
  mount --bind run /run/libvirt
  mount --bind lib /var/lib/libvirt
  mount --bind log /var/log/libvirt
  mount --bind cache /var/cache/libvirt
  mount --bind etc/libvirt /etc/libvirt
  mount --bind home /home
  mount --bind root /root
  for f in passwd group shadow hosts; do mount --bind "etc/$f" "/etc/$f"; done
  if [ -d etc/pam.d ]; then mount --bind etc/pam.d/sshd /etc/pam.d/sshd; fi
  if [ -d polkit ]; then
    cp -n /usr/share/polkit-1/actions/org.freedesktop.policykit.policy polkit/ 2>/dev/null || true
    mount --bind polkit /usr/share/polkit-1/actions
    mkdir -p /etc/polkit-1/rules.d
    mount --bind polkit-rules /etc/polkit-1/rules.d
  fi
  hide_programs
}

network() {
  until [ -e /sys/class/net/eth0 ]; do sleep 0.02; done
  ip link set lo up
  ip link add br0 type bridge forward_delay 0
  ip link set eth0 master br0
  ip link set eth0 up
  ip addr add "$NOVACRON_LAB_ADDRESS/24" dev br0
  ip link set br0 up
  ip route add default via "$NOVACRON_LAB_GATEWAY"
}

case $phase in
outer)
  enter_cgroup
  exec unshare --net --mount --uts --cgroup --pid --fork --kill-child --mount-proc bash "$self" inner "$name" "$dir"
  ;;
inner)
  hostname "$name"
  mount_files
  mount_cgroup
  hide_kvm
  network
  export HOME=/root
  bash /srv/host/services.sh start </dev/null
  touch /srv/host/ready
  if [ -n "$NOVACRON_LAB_KEEP" ]; then
    trap 'exit 0' TERM
    while :; do
      sleep 3600 &
      wait $! || true
    done
  fi
  # Not kept: the lab's owner holds the other end, and its death, however it comes, closes it.
  cat >/dev/null || true
  ;;
esac
