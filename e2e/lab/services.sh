#!/bin/bash
# Runs inside a lab host: starts and stops its services by their own pid files.
#   services.sh start | start-libvirtd | stop-libvirtd [SIGNAL] | start-sshd | stop-sshd
set -e
conf=/srv/host/services.conf # polkit=yes|no libvirtd=yes|no, written by host-files.ts
. "$conf"

has_ended() { [ "$(awk '/^State:/{print $2}' "/proc/$1/status" 2>/dev/null || echo Z)" = Z ]; }

stop_by_pid_file() { # FILE [SIGNAL]: waits for the end; a missing process is fine
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill -"${2:-TERM}" "$pid" 2>/dev/null || return 0
  for _ in $(seq 400); do
    has_ended "$pid" && break
    sleep 0.025
  done
  rm -f "$1"
}

start_polkit() {
  dbus-daemon --system --fork --nopidfile
  setsid /usr/lib/polkit-1/polkitd --no-debug >/var/log/libvirt/polkitd.log 2>&1 </dev/null &
}

start_libvirtd() {
  [ "$libvirtd" = yes ] || return 0
  [ -S /run/libvirt/virtlogd-sock ] && [ -d "/proc/$(cat /run/virtlogd.pid 2>/dev/null)" ] || virtlogd -d -p /run/virtlogd.pid
  libvirtd -d -p /run/libvirtd.pid
}

# As the init of a host does: a libvirtd that has crashed, and was not stopped, is started again. A crash leaves the pid file.
keep_libvirtd() {
  [ "$libvirtd" = yes ] || return 0
  while sleep 0.5; do
    pid=$(cat /run/libvirtd.pid 2>/dev/null) || continue
    [ -n "$pid" ] && has_ended "$pid" && [ -f /run/libvirtd.pid ] || continue
    echo "$(date -Is) libvirtd $pid has crashed and is started again" >>/var/log/libvirt/crashes.log
    libvirtd -d -p /run/libvirtd.pid || true
  done
}

# It goes into the background before it listens; its pid file comes after.
start_sshd() {
  rm -f /run/sshd.pid
  /usr/sbin/sshd -f /srv/host/ssh/sshd_config -E /var/log/libvirt/sshd.log || return
  tries=0
  until [ -s /run/sshd.pid ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 6000 ] || return
    sleep 0.01
  done
}

case $1 in
start)
  if [ "$polkit" = yes ]; then start_polkit; fi
  start_sshd
  start_libvirtd
  keep_libvirtd </dev/null >/dev/null 2>&1 &
  ;;
start-libvirtd) start_libvirtd ;;
stop-libvirtd)
  mv /run/libvirtd.pid /run/libvirtd.stopping 2>/dev/null || exit 0
  stop_by_pid_file /run/libvirtd.stopping "$2"
  ;;
start-sshd) start_sshd ;;
stop-sshd)
  stop_by_pid_file /run/sshd.pid
  # Its sessions, too: a machine that goes down takes them with it.
  for p in $(pgrep -x sshd || true); do kill "$p" 2>/dev/null || true; done
  ;;
esac
