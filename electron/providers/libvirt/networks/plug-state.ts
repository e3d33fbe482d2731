import { isUnsupported } from '../problems.ts'
import type { Card } from './cards.ts'
import { readHostInterfaces } from './host-interfaces.ts'
import { type FoundNetwork, type NetworkContext, within } from './network-context.ts'
import { OWN_BRIDGE } from './network-xml.ts'

/** The bridge of a network that runs, and how one tells what is in it. */
export interface BridgeOfNetwork {
  readonly mode: string
  readonly bridge: string | null
  /** Ids of the ports that libvirt has for it; those of before a restart are not among them. Null: not asked for, or not told. */
  readonly portIds: ReadonlySet<string> | null
}

/** Under that name the kernel shows what hangs on any bridge of Open vSwitch. */
const OVS_MASTER = 'ovs-system'

/**
 * Whether the other end of a card that runs is in the bridge of its network. The kernel knows best; without a shell libvirt's ports tell of
 * networks that have a bridge of their own. Null: nobody tells.
 */
export function isInBridge(
  card: Card,
  { mode, bridge, portIds }: BridgeOfNetwork,
  taps: ReadonlyMap<string, string | null>,
): boolean | null {
  const master = card.target === null ? undefined : taps.get(card.target)
  if (master !== undefined) return bridge === null ? null : master === bridge || (master === OVS_MASTER && mode === 'openvswitch')
  if (card.network === null || taps.size > 0) return null
  if (card.bridge !== null && bridge !== null && card.bridge !== bridge) return false
  return OWN_BRIDGE.has(mode) && portIds !== null && card.portId !== null ? portIds.has(card.portId) : null
}

/** A look at one network: answers for each of its cards what {@link isInBridge} does. */
export async function lookAtPlugs(context: NetworkContext, { net, running }: FoundNetwork): Promise<(card: Card) => boolean | null> {
  const taps = (await readHostInterfaces(context))?.taps ?? new Map<string, string | null>()
  const portIds = taps.size > 0 ? null : await portIdsOf(context, net)
  return (card) => isInBridge(card, { mode: running.mode, bridge: running.bridge, portIds }, taps)
}

/** Null: this libvirt has no ports (before 5.5). */
export async function portIdsOf(context: NetworkContext, network: FoundNetwork['net']): Promise<ReadonlySet<string> | null> {
  try {
    const { ports } = await context.host.call('networkListAllPorts', { network, needResults: 1, flags: 0 }, within(context))
    return new Set(ports.map(({ uuid }) => uuid))
  } catch (error) {
    if (isUnsupported(error)) return null
    throw error
  }
}
