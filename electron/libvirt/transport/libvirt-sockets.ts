/** Names and places of libvirt's sockets (https://libvirt.org/daemons.html): the monolithic daemon and the split ones. */

/** A daemon to talk to. `auto` takes virtqemud where it runs, else libvirtd (or virtproxyd, which listens in its place). */
export type LibvirtDaemon =
  | 'auto'
  | 'libvirtd'
  | 'virtqemud'
  | 'virtstoraged'
  | 'virtnetworkd'
  | 'virtnodedevd'
  | 'virtsecretd'
  | 'virtinterfaced'
  | 'virtnwfilterd'

export type LibvirtScope = 'system' | 'session'

/** Socket names of a daemon, best first, and the URI scheme by which virt-ssh-helper finds it. */
const DAEMONS: Readonly<Record<LibvirtDaemon, { readonly names: readonly string[]; readonly scheme: string }>> = {
  auto: { names: ['virtqemud-sock', 'libvirt-sock'], scheme: 'qemu' },
  libvirtd: { names: ['libvirt-sock'], scheme: 'qemu' },
  virtqemud: { names: ['virtqemud-sock'], scheme: 'qemu' },
  virtstoraged: { names: ['virtstoraged-sock'], scheme: 'storage' },
  virtnetworkd: { names: ['virtnetworkd-sock'], scheme: 'network' },
  virtnodedevd: { names: ['virtnodedevd-sock'], scheme: 'nodedev' },
  virtsecretd: { names: ['virtsecretd-sock'], scheme: 'secret' },
  virtinterfaced: { names: ['virtinterfaced-sock'], scheme: 'interface' },
  virtnwfilterd: { names: ['virtnwfilterd-sock'], scheme: 'nwfilter' },
}

/** File names of a daemon's sockets, best first. Sockets of a user's own daemons have no read-only twin. */
export function socketNames(daemon: LibvirtDaemon, scope: LibvirtScope, readOnly: boolean): string[] {
  const suffix = readOnly && scope === 'system' ? '-ro' : ''
  return DAEMONS[daemon].names.map((name) => `${name}${suffix}`)
}

/** Folders that hold the system's sockets: older distributions have no /run. */
export const SYSTEM_SOCKET_FOLDERS: readonly string[] = ['/run/libvirt', '/var/run/libvirt']

/** The URI for virt-ssh-helper. */
export function helperUri(daemon: LibvirtDaemon, scope: LibvirtScope): string {
  return `${DAEMONS[daemon].scheme}:///${scope}`
}
