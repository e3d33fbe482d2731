import type { MachineActionId, ProviderCapabilities, Reason } from '../../../shared/model/index.ts'
import type { CallOptions, LibvirtHost } from '../../libvirt/index.ts'

/** What the test driver cannot do (libvirt 9.0; found by trying). */
const TEST_LACKS: readonly MachineActionId[] = []
const CONTAINERS_LACK: readonly MachineActionId[] = ['managedSave', 'restore', 'discardSave', 'reset', 'rename', 'addDisplay']

function lacking(actions: readonly MachineActionId[], driver: string): ProviderCapabilities['unsupported'] {
  const reason: Reason = { code: 'libvirt.driver-lacks', text: `libvirt's ${driver} driver cannot do this.`, params: { driver } }
  return Object.fromEntries(actions.map((action) => [action, reason]))
}

/** What follows from libvirt's driver on the other side. */
export interface Driver {
  readonly capabilities: ProviderCapabilities
  /** Definitions of new machines are written for QEMU alone. */
  readonly builds: boolean
}

export async function driverOf(host: LibvirtHost, options: CallOptions): Promise<Driver> {
  const { type } = await host.call('connectGetType', {}, options)
  const builds = type === 'QEMU'
  if (type === 'TEST') return { builds, capabilities: { unsupported: lacking(TEST_LACKS, 'test') } }
  if (type === 'LXC') return { builds, capabilities: { unsupported: lacking(CONTAINERS_LACK, 'LXC') } }
  return { builds, capabilities: { unsupported: {} } }
}
