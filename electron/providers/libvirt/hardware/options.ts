import { DISK_FORMATS, type HardwareOptions, NIC_MODELS } from '../../../../shared/model/index.ts'
import { type CallOptions, constants as c, type LibvirtHost, listAllDomains } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml } from '../../../xml/index.ts'
import { within } from '../act-context.ts'
import { type Abilities, readAbilities } from '../build/abilities.ts'
import { memoryKiB } from '../domain-facts.ts'
import { inTurn } from '../in-turn.ts'
import { isNoDomain, isUnsupported } from '../problems.ts'
import { hostDevicePlace } from './device-keys.ts'
import { type HardwareContext, readDefinitions } from './hardware-context.ts'
import { type NodeDevice, offeredDevices, readNodeDevice } from './node-device.ts'

/** What an emulator gives where it does not tell how many it could. */
const SOME_VCPUS = 255
const DEVICES =
  c.VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV | c.VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV | c.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV

/** What this host can give to this machine. */
export async function optionsOf(context: HardwareContext): Promise<HardwareOptions> {
  const { host } = context
  const options = within(context)
  const { runningXml, keptXml } = await readDefinitions(context)
  const [abilities, { capabilities }, filters, hostDevices] = await Promise.all([
    abilitiesFor(host, keptXml ?? runningXml, options),
    host.call('connectGetCapabilities', {}, options),
    readFilters(host, options),
    readHostDevices(context, false),
  ])
  const cells = readCells(capabilities)
  const memory = cells.reduce((sum, cell) => sum + (cell.memoryKiB ?? 0), 0)
  return {
    reason: null,
    maxVcpus: abilities?.capabilities.maxVcpus ?? SOME_VCPUS,
    hostMemoryKiB: memory > 0 ? memory : Number((await host.call('nodeGetInfo', {}, options)).memory),
    cells,
    diskBuses: [...(abilities?.capabilities.diskBuses ?? [])],
    diskFormats: [...DISK_FORMATS],
    nicModels: [...NIC_MODELS],
    filters: [...filters],
    hostDevices,
  }
}

/** For the type of the machine; null: the host tells nothing of it. */
export async function abilitiesFor(host: LibvirtHost, xml: string | null, options: CallOptions): Promise<Abilities | null> {
  const type = xml === null ? null : attributeOf(at(parseXml(xml), 'os', 'type'), 'machine')
  try {
    return await readAbilities(host, type, options)
  } catch {
    options.signal?.throwIfAborted()
    return null
  }
}

/** NUMA nodes with their processors, from the host's capabilities (formatcaps.html). */
export function readCells(capabilities: string): HardwareOptions['cells'] {
  return childrenOf(at(parseXml(capabilities), 'host', 'topology', 'cells'), 'cell').map((cell) => ({
    id: Number(attributeOf(cell, 'id')),
    cpus: childrenOf(at(cell, 'cpus'), 'cpu').map((cpu) => Number(attributeOf(cpu, 'id'))),
    memoryKiB: memoryKiB(at(cell, 'memory')),
  }))
}

export async function readFilters(host: LibvirtHost, options: CallOptions): Promise<readonly string[]> {
  try {
    const { filters } = await host.call('connectListAllNwfilters', { needResults: 1, flags: 0 }, options)
    return filters.map(({ name }) => name).toSorted()
  } catch (error) {
    if (isUnsupported(error)) return []
    throw error
  }
}

/** `isDecisive`: something is about to be done by it, so who has what is read anew. */
export async function readHostDevices(context: HardwareContext, isDecisive: boolean): Promise<HardwareOptions['hostDevices']> {
  const devices = await readNodeDevices(context)
  if (devices.length === 0) return []
  return offeredDevices(devices, await readUsers(context, isDecisive), context.dom.name)
}

export async function readNodeDevices(context: HardwareContext): Promise<readonly NodeDevice[]> {
  const { host } = context
  const options = within(context)
  try {
    const { devices } = await host.call('connectListAllNodeDevices', { needResults: 1, flags: DEVICES }, options)
    const read = await Promise.all(
      devices.map(({ name }) =>
        host.call('nodeDeviceGetXmlDesc', { name, flags: 0 }, options).then(
          ({ xml }) => readNodeDevice(xml),
          // unplugged meanwhile
          () => null,
        ),
      ),
    )
    context.work.signal.throwIfAborted()
    return read.filter((device) => device !== null)
  } catch (error) {
    if (isUnsupported(error)) return []
    throw error
  }
}

/**
 * Host device → name of the machine whose definition holds it. What the watch knows need not be read: there may be thousands of machines.
 * Before something is done by it everything is read anew, a few at a time: other calls to the host go in between.
 */
async function readUsers(context: HardwareContext, isDecisive: boolean): Promise<ReadonlyMap<string, string>> {
  const { host } = context
  const known = isDecisive ? undefined : context.knownHostDevices()
  const users = new Map(known?.users)
  await inTurn(known?.unread ?? (await listAllDomains(host, within(context))), async (dom) => {
    try {
      const { xml } = await host.call('domainGetXmlDesc', { dom, flags: 0 }, within(context))
      if (!xml.includes('<hostdev')) return
      for (const device of childrenOf(at(parseXml(xml), 'devices'), 'hostdev')) {
        const address = hostDevicePlace(device)
        if (address !== null) users.set(address, dom.name)
      }
    } catch (error) {
      if (!isNoDomain(error)) throw error
    }
  })
  return users
}
