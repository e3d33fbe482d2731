import { constants as c } from '../../../libvirt/index.ts'
import { parseXml, textOf } from '../../../xml/index.ts'
import type { MigrationContext } from './migration-context.ts'

/** Bridges of the kernel, and of Open vSwitch where there is one. */
const LOOK =
  'for b in /sys/class/net/*/bridge; do [ -e "$b" ] && basename "$(dirname "$b")"; done; command -v ovs-vsctl >/dev/null && timeout 3 ovs-vsctl list-br; true'

/** What a card can hang on here. Where no program can look, every network interface of the host: one of that name may be a bridge. */
export async function bridgesOf(context: MigrationContext): Promise<readonly string[]> {
  const { shell, work } = context
  const look = await shell?.run(['sh', '-c', LOOK], { signal: work.signal }).catch(() => null)
  work.signal.throwIfAborted()
  return look?.code === 0 ? look.stdout.split('\n').filter((line) => line !== '') : await interfacesOf(context)
}

/** A device's own name has underscores for all that is no letter: what it is called stands in its description. */
async function interfacesOf({ host, work }: MigrationContext): Promise<readonly string[]> {
  const bounds = { signal: work.signal }
  const { devices } = await host
    .call('connectListAllNodeDevices', { needResults: 1, flags: c.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET }, bounds)
    .catch(() => ({ devices: [] }))
  const names = await Promise.all(
    devices.map(async ({ name }) => {
      const told = await host.call('nodeDeviceGetXmlDesc', { name, flags: 0 }, bounds).catch(() => null)
      return told ? textOf(parseXml(told.xml), 'capability', 'interface') : null
    }),
  )
  work.signal.throwIfAborted()
  return names.filter((name) => name !== null)
}
