import type { MachineActionId, ProviderCapabilities, Reason } from '../../../shared/model/index.ts'
import type { CallOptions, LibvirtHost } from '../../libvirt/index.ts'

/** What the test driver cannot do (libvirt 9.0; found by trying). */
const TEST_LACKS: readonly MachineActionId[] = []
const CONTAINERS_LACK: readonly MachineActionId[] = ['managedSave', 'restore', 'discardSave', 'reset', 'rename']

function lacking(actions: readonly MachineActionId[], driver: string): ProviderCapabilities['unsupported'] {
  const reason: Reason = { code: 'libvirt.driver-lacks', text: `libvirt's ${driver} driver cannot do this.`, params: { driver } }
  return Object.fromEntries(actions.map((action) => [action, reason]))
}

/** What a connection can do at all, by its driver and by whether it may change anything. */
export async function capabilitiesOf(host: LibvirtHost, options: CallOptions): Promise<ProviderCapabilities> {
  const { type } = await host.call('connectGetType', {}, options)
  if (type === 'TEST') return { unsupported: lacking(TEST_LACKS, 'test') }
  if (type === 'LXC') return { unsupported: lacking(CONTAINERS_LACK, 'LXC') }
  return { unsupported: {} }
}
