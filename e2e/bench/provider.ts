import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../electron/engine/system-clock.ts'
import { libvirtProvider } from '../../electron/providers/libvirt/index.ts'
import type { ProviderConnection } from '../../electron/providers/provider.ts'
import type { LabHost } from '../lab/lab.ts'

const silent = (): void => undefined

/** A host of the lab as the engine has it, without the engine. */
export async function openLibvirt(host: LabHost): Promise<{ readonly connection: ProviderConnection; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'novacron-bench-'))
  const config = libvirtProvider.configSchema.parse({ host: host.address, user: host.user, keyFile: host.keyFile, useSshConfig: false })
  const ports = {
    clock: systemClock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    dataDirectory: join(folder, 'data'),
    homeDirectory: join(folder, 'home'),
  }
  const connection = await libvirtProvider.connect(config, {}, ports, { onHostKey: () => Promise.resolve(true) })
  return {
    connection,
    close: async () => {
      await connection.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
