import { join } from 'node:path'
import { type LibvirtHost, openHost } from '../../electron/libvirt/index.ts'
import { createSshLibvirtOpener, KnownHostsStore, openSshSession } from '../../electron/libvirt/transport/index.ts'
import type { LabHost } from '../lab/lab.ts'

/** The wire client alone, over SSH to a host of the lab. */
export interface Wire {
  readonly libvirt: LibvirtHost
  close(): Promise<void>
}

export async function openWire(host: LabHost): Promise<Wire> {
  const knownHosts = new KnownHostsStore({ ownFile: join(host.dir, 'bench_known_hosts'), readOnlyFiles: [host.knownHostsFile] })
  const session = await openSshSession(
    { host: host.address, port: host.port, user: host.user, identityFiles: [host.keyFile], identitiesOnly: true, identityAgent: 'none' },
    { knownHosts },
  )
  const opener = createSshLibvirtOpener(session)
  const libvirt = await openHost({ open: opener.open.bind(opener), openQuickly: opener.openQuickly.bind(opener) })
  return {
    libvirt,
    close: async () => {
      await libvirt.close()
      await session.close()
    },
  }
}
