import type { TOPOLOGY_KINDS } from '../../../../shared/model/index.ts'

/** A device of the host's own network. */
export interface HostInterface {
  readonly name: string
  readonly kind: Exclude<(typeof TOPOLOGY_KINDS)[number], 'network' | 'nic'>
  /** Null: not known. */
  readonly isUp: boolean | null
  readonly speedMbps: number | null
  readonly mac: string | null
  /** With their prefix. */
  readonly addresses: readonly string[]
  /** 802.3ad of a bond, the tag of a VLAN. */
  readonly detail: string | null
  /** What it is made of, nearer to the wire: ports of a bridge, slaves of a bond, the device under a VLAN. */
  readonly lower: readonly string[]
}

export interface HostInterfaces {
  readonly interfaces: readonly HostInterface[]
  /** Of all devices, those that are not drawn too, such as the other ends of cards. Null: it was not told of all. */
  readonly names: ReadonlySet<string> | null
  /** Other ends of cards, and the bridge that each is in. Null: in none, as of machines whose network was started anew. Empty: not told. */
  readonly taps: ReadonlyMap<string, string | null>
  /** Devices that the host's own traffic to anywhere goes out by. */
  readonly defaultDevices: readonly string[]
  /** Counters by device; empty where they are not told. */
  readonly counters: ReadonlyMap<string, InterfaceCounters>
}

export interface InterfaceCounters {
  readonly rxBytes: bigint
  readonly txBytes: bigint
}

/** As the kernel names the state of a link; what has none (`unknown`) is not known. */
export function isUpState(state: string | null | undefined): boolean | null {
  if (state === 'up') return true
  return state === 'down' || state === 'lowerlayerdown' || state === 'notpresent' || state === 'dormant' ? false : null
}

export function positive(text: string | null | undefined): number | null {
  const value = Number(text)
  return text && Number.isFinite(value) && value > 0 ? value : null
}

/** Of those that are neither devices of the computer nor made of others, only what something else leads to is worth drawing. */
export function worthDrawing(
  all: readonly HostInterface[],
  devices: ReadonlySet<string>,
  defaults: readonly string[],
): readonly HostInterface[] {
  const below = new Set([...all.flatMap(({ lower }) => lower), ...defaults])
  return all.filter(({ kind, name, addresses }) => kind !== 'physical' || devices.has(name) || below.has(name) || addresses.length > 0)
}
