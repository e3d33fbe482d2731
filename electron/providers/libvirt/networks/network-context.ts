import { createHash } from 'node:crypto'
import { networkNotFound } from '../../../../shared/networks/index.ts'
import { constants as c, type LibvirtHost, type NetworkRef } from '../../../libvirt/index.ts'
import type { XmlElement } from '../../../xml/index.ts'
import type { Clock, Logger, NetworkFacts } from '../../provider.ts'
import { change, type Work, within } from '../act-context.ts'
import type { HostShell } from '../host-shell.ts'
import { isUnsupported, libvirtNumber } from '../problems.ts'
import type { MachineCards } from './cards.ts'
import { canonicalNetwork, type NetworkDefinition, readNetworkXml } from './network-xml.ts'

/** A network as the watch knows it. */
export interface WatchedNetwork {
  readonly facts: NetworkFacts
  readonly definition: XmlElement
}

/** What the link's watch holds of a host; undefined until it has told its first state. */
export interface NetworkWatch {
  /** Machines whose definitions have been read, with their cards. */
  machineCards(): readonly MachineCards[]
  /** Definitions of all machines have been read. */
  readonly hasAllCards: boolean
  networks(): ReadonlyMap<string, WatchedNetwork>
  touchNetworks(): void
  touchDefinition(ref: string): void
}

/** What every piece of work on networks has. */
export interface NetworkPorts {
  readonly host: LibvirtHost
  readonly shell: HostShell | null
  readonly clock: Clock
  readonly log: Logger
  readonly watch: () => NetworkWatch | undefined
}

export interface NetworkContext extends NetworkPorts {
  readonly work: Work
}

/** A network as the host has it now. */
export interface FoundNetwork {
  readonly net: NetworkRef
  readonly isActive: boolean
  readonly isPersistent: boolean
  readonly autostart: boolean | null
  /** What counts now: of one that runs, what runs. */
  readonly xml: string
  /** Null: nothing is kept. */
  readonly keptXml: string | null
  readonly revision: string
  readonly hasPending: boolean
  readonly running: NetworkDefinition
  /** What an edit starts from. */
  readonly kept: NetworkDefinition
}

const NO_NETWORK = c.VIR_ERR_NO_NETWORK

export async function lookUpNetwork(context: NetworkContext, networkRef: string): Promise<NetworkRef | null> {
  try {
    return (await context.host.call('networkLookupByUuid', { uuid: networkRef }, within(context))).net
  } catch (error) {
    if (libvirtNumber(error) === NO_NETWORK) return null
    throw error
  }
}

/** Throws `not-found` network.not-found. */
export async function findNetwork(context: NetworkContext, networkRef: string): Promise<FoundNetwork> {
  const found = await findIfThere(context, networkRef)
  if (!found) throw networkNotFound(networkRef)
  return found
}

export async function findIfThere(context: NetworkContext, networkRef: string): Promise<FoundNetwork | null> {
  const net = await lookUpNetwork(context, networkRef)
  if (!net) return null
  try {
    return await read(context, net)
  } catch (error) {
    if (libvirtNumber(error) === NO_NETWORK) return null
    throw error
  }
}

async function read(context: NetworkContext, net: NetworkRef): Promise<FoundNetwork> {
  const { host } = context
  const bounds = within(context)
  const [{ active }, { persistent }, { xml }, autostart] = await Promise.all([
    host.call('networkIsActive', { net }, bounds),
    host.call('networkIsPersistent', { net }, bounds),
    host.call('networkGetXmlDesc', { net, flags: 0 }, bounds),
    host.call('networkGetAutostart', { net }, bounds).catch((error: unknown) => {
      if (isUnsupported(error) || libvirtNumber(error) === c.VIR_ERR_INTERNAL_ERROR) return null
      throw error
    }),
  ])
  const isPersistent = persistent !== 0
  const keptXml = isPersistent ? (await host.call('networkGetXmlDesc', { net, flags: c.VIR_NETWORK_XML_INACTIVE }, bounds)).xml : null
  const running = canonicalNetwork(xml)
  const kept = keptXml === null ? null : canonicalNetwork(keptXml)
  return {
    net,
    isActive: active !== 0,
    isPersistent,
    autostart: autostart === null ? null : autostart.autostart !== 0,
    xml,
    keptXml,
    revision: revisionOf(running, kept),
    hasPending: active !== 0 && kept !== null && kept !== running,
    running: readNetworkXml(xml),
    kept: readNetworkXml(keptXml ?? xml),
  }
}

/** Of both texts, so that a change of either makes another one. */
function revisionOf(running: string, kept: string | null): string {
  return createHash('sha256')
    .update(running)
    .update('\0')
    .update(kept ?? '')
    .digest('hex')
    .slice(0, 32)
}

export { change, within }
