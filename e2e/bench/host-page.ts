import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '../../electron/api/client.ts'
import type { WorkspaceId } from '../../shared/model/index.ts'
import { engineOf } from '../app/engine-of.ts'
import { type Server, startServer } from '../app/server.ts'
import type { LabHost } from '../lab/lab.ts'
import { type BenchPage, opened, startBrowser } from './browser.ts'

export interface Console {
  readonly server: Server
  readonly client: Client
  readonly bench: BenchPage
  readonly workspaceId: WorkspaceId
  readonly add: (host: LabHost) => ReturnType<Client['connections']['add']>
}

/** The built server and a page that shows one machine of a simulated site, so that the grid is there before the host is. */
export async function withConsole<T>(host: LabHost, work: (console: Console) => AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const home = await mkdtemp(join(tmpdir(), 'novacron-hosts-'))
  await mkdir(join(home, '.ssh'))
  await copyFile(host.knownHostsFile, join(home, '.ssh/known_hosts'))
  const dataDirectory = join(home, 'data')
  const server = await startServer({ dataDirectory, env: { HOME: home, SSH_AUTH_SOCK: '' } })
  const link = await engineOf({ dataDirectory })
  const { id: workspaceId } = await link.client.workspaces.create({ name: 'Bench' })
  await link.client.connections.add({ workspaceId, providerId: 'simulated', name: 'one', config: { hosts: 1, machines: 1 } })
  const browser = await startBrowser(server)
  return (async function* () {
    try {
      const bench = await browser.open(1)
      await opened(bench)
      const add: Console['add'] = ({ name, address, port, user, keyFile }) =>
        link.client.connections.add({
          workspaceId,
          providerId: 'libvirt',
          name,
          config: { transport: 'ssh', host: address, port, user, keyFile, useSshConfig: false },
        })
      yield* work({ server, client: link.client, bench, workspaceId, add })
    } finally {
      await browser.close()
      link.close()
      await server.stop()
      await rm(home, { recursive: true, force: true })
    }
  })()
}
