import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectionId } from '../../shared/model/index.ts'
import type { LabHost } from '../lab/lab.ts'
import { engineFolder, type TestEngine } from './engine.ts'

/** How a connection reaches a host of the lab: as root, by its key. */
export function sshConfig(host: LabHost) {
  return { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile }
}

/** A folder for an engine in whose home the keys of all hosts of that lab are known. */
export async function folderKnowing(host: LabHost): Promise<string> {
  const folder = await engineFolder()
  await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
  return folder
}

/** Connections to these hosts, which an engine that starts again on the same folder has too; all of them online. */
export async function linked<const H extends readonly LabHost[]>(
  engine: TestEngine,
  hosts: H,
): Promise<{ -readonly [K in keyof H]: ConnectionId }> {
  const ids: ConnectionId[] = []
  for (const host of hosts) ids.push((await engine.add(host.name, sshConfig(host), { remember: true })).id)
  for (const id of ids) await engine.status(id, 'online', 60_000)
  return ids as { -readonly [K in keyof H]: ConnectionId }
}
