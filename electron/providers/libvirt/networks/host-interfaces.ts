import type { Reason } from '../../../../shared/model/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import { runsNothing } from '../host-shell.ts'
import { isUnsupported, libvirtNumber } from '../problems.ts'
import type { HostInterface, HostInterfaces } from './host-interface.ts'
import { readInterfaceXml, readNodeDeviceXml } from './interface-xml.ts'
import { type NetworkContext, within } from './network-context.ts'
import { parseSysfs, SYSFS_SCRIPT } from './sysfs.ts'

export type { HostInterfaces } from './host-interface.ts'

/**
 * The devices of the host's own network: by its kernel where programs can be run there, which tells most by one call; else by libvirt's
 * interface driver; where that is missing, by its node devices, which tell nothing of bridges. Null: nothing tells.
 */
export async function readHostInterfaces(context: NetworkContext): Promise<HostInterfaces | null> {
  return (await lookAtHost(context)).host
}

export async function lookAtHost(
  context: NetworkContext,
): Promise<{ readonly host: HostInterfaces | null; readonly unseen: readonly Reason[] }> {
  const seen = await byShell(context)
  if (seen) return { host: seen, unseen: [] }
  const listed = await unlessUnsupported(() => byInterfaces(context))
  if (listed) return { host: listed, unseen: [NO_ROUTES] }
  const devices = await unlessUnsupported(() => byNodeDevices(context))
  return { host: devices, unseen: [devices ? NO_BRIDGES : NO_INTERFACES] }
}

/** Null: no programs run there, or it is no Linux. */
async function byShell({ shell, work }: NetworkContext): Promise<HostInterfaces | null> {
  if (!shell) return null
  try {
    const { code, stdout } = await shell.run(['sh', '-c', SYSFS_SCRIPT], { signal: work.signal })
    return code === 0 ? parseSysfs(stdout) : null
  } catch (error) {
    if (runsNothing(error)) return null
    throw error
  }
}

async function byInterfaces(context: NetworkContext): Promise<HostInterfaces> {
  const { host } = context
  const { ifaces } = await host.call('connectListAllInterfaces', { needResults: 1, flags: 0 }, within(context))
  const read = await Promise.all(
    ifaces.map((iface) => unlessGone(() => host.call('interfaceGetXmlDesc', { iface, flags: 0 }, within(context)), c.VIR_ERR_NO_INTERFACE)),
  )
  const interfaces = read.flatMap((each) => (each ? readInterfaceXml(each.xml) : []))
  return told(interfaces, new Set(interfaces.map(({ name }) => name)))
}

async function byNodeDevices(context: NetworkContext): Promise<HostInterfaces> {
  const { host } = context
  const flags = c.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET
  const { devices } = await host.call('connectListAllNodeDevices', { needResults: 1, flags }, within(context))
  const read = await Promise.all(
    devices.map(({ name }) =>
      unlessGone(() => host.call('nodeDeviceGetXmlDesc', { name, flags: 0 }, within(context)), c.VIR_ERR_NO_NODE_DEVICE),
    ),
  )
  return told(
    read.flatMap((each) => (each && readNodeDeviceXml(each.xml)) ?? []),
    null,
  )
}

/** One that is part of another is described twice. */
function told(interfaces: readonly HostInterface[], names: HostInterfaces['names']): HostInterfaces {
  const byName = new Map(interfaces.map((each) => [each.name, each]))
  return { interfaces: [...byName.values()], names, taps: new Map(), defaultDevices: [], counters: new Map() }
}

async function unlessUnsupported<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isUnsupported(error)) return null
    throw error
  }
}

async function unlessGone<T>(read: () => Promise<T>, gone: number): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (libvirtNumber(error) === gone) return null
    throw error
  }
}

const NO_ROUTES: Reason = {
  code: 'topology.no-routes',
  text: 'Without a shell on the host nobody tells by which device NAT and routed networks go out, nor the addresses and rates of its devices.',
}
const NO_BRIDGES: Reason = {
  code: 'topology.no-bridges',
  text: 'This host’s libvirt tells only of physical devices, not of bridges, bonds and VLANs. Connect the host by SSH for that.',
}
const NO_INTERFACES: Reason = {
  code: 'topology.no-interfaces',
  text: 'This host tells nothing of its own network devices. Connect the host by SSH for that.',
}
