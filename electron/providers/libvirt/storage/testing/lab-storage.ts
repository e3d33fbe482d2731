import { onTestFinished } from 'vitest'
import type { LabHost } from '../../../../../e2e/lab/lab.ts'
import type { ProviderConnection, ProviderPorts, StorageKeeper } from '../../../provider.ts'
import { libvirtProvider } from '../../index.ts'

/** A link to a lab host, for as long as the test runs, and its pools. */
export async function storageOf(
  host: LabHost,
  ports: ProviderPorts,
): Promise<{ readonly connection: ProviderConnection; readonly storage: StorageKeeper }> {
  const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
  const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
    onHostKey: () => Promise.resolve(true),
  })
  onTestFinished(() => connection.close())
  const { storage } = connection
  if (!storage) throw new Error('no storage')
  return { connection, storage }
}
