import type { EventFamily } from './events.ts'
import type { ProcedureGroup } from './wire/procedure-table.ts'

/** libvirt's daemons: the one for everything, and those that share its work since 5.7 (https://libvirt.org/daemons.html). */
export type DaemonName =
  | 'libvirtd'
  | 'virtqemud'
  | 'virtstoraged'
  | 'virtnetworkd'
  | 'virtnodedevd'
  | 'virtsecretd'
  | 'virtinterfaced'
  | 'virtnwfilterd'

/** A part of a host that a daemon of its own may serve. */
export type HostPart = Exclude<ProcedureGroup, 'connection'>

/** Who serves a part, by what socket, and the driver in the URI that is opened there. */
export interface DaemonFacts {
  readonly daemon: DaemonName
  readonly socket: string
  readonly readOnlySocket: string
  /** Undefined: the driver of the URI that the host was opened with. */
  readonly driver: string | undefined
}

/** libvirtd; virtproxyd listens in its place where only split daemons run. */
export const MONOLITHIC: DaemonFacts = facts('libvirtd', undefined, 'libvirt-sock')

/** Socket and daemon of each part of a host with split daemons. */
export const SPLIT: Readonly<Record<HostPart, DaemonFacts>> = {
  hypervisor: facts('virtqemud', undefined),
  storage: facts('virtstoraged', 'storage'),
  network: facts('virtnetworkd', 'network'),
  'node-device': facts('virtnodedevd', 'nodedev'),
  secret: facts('virtsecretd', 'secret'),
  interface: facts('virtinterfaced', 'interface'),
  nwfilter: facts('virtnwfilterd', 'nwfilter'),
}

/** Where the system's sockets are, newest place first; a user's own are in $XDG_RUNTIME_DIR/libvirt. */
export const SYSTEM_SOCKET_FOLDERS: readonly string[] = ['/run/libvirt', '/var/run/libvirt']

/** The part that a family of events belongs to. */
export const PART_OF_EVENTS: Readonly<Record<EventFamily, HostPart>> = {
  domain: 'hypervisor',
  'qemu-monitor': 'hypervisor',
  network: 'network',
  'storage-pool': 'storage',
  'node-device': 'node-device',
  secret: 'secret',
}

/** The part that serves a procedure. */
export function partOf(group: ProcedureGroup): HostPart {
  return group === 'connection' ? 'hypervisor' : group
}

/** The URI of a part beside `uri`: qemu:///system → storage:///system. */
export function partUri(uri: string, part: HostPart): string {
  const { driver } = SPLIT[part]
  return driver === undefined ? uri : uri.replace(/^[^:/]+/, driver)
}

function facts(daemon: DaemonName, driver: string | undefined, socket = `${daemon}-sock`): DaemonFacts {
  return { daemon, socket, readOnlySocket: `${socket}-ro`, driver }
}
