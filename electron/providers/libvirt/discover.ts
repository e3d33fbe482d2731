import { access, constants } from 'node:fs/promises'
import { findLocalLibvirt } from '../../libvirt/transport/index.ts'
import type { Candidate, ProviderPorts } from '../provider.ts'
import { addressOf, libvirtConfigSchema } from './config.ts'
import { sshConfigOf } from './uplink.ts'

/** Hosts of ~/.ssh/config and this computer's own libvirt. Nothing is contacted. */
export async function discover(ports: ProviderPorts): Promise<readonly Candidate[]> {
  const [sshConfig, sockets] = await Promise.all([sshConfigOf(ports), findLocalLibvirt()])
  const candidates: Candidate[] = []
  if (sockets.length > 0) {
    const readable = await Promise.any(sockets.map((path) => access(path, constants.R_OK | constants.W_OK))).then(
      () => true,
      () => false,
    )
    const name = readable ? 'This computer' : 'This computer (not permitted: join the group libvirt)'
    candidates.push(candidate('local-libvirt', name, { transport: 'unix' }))
  }
  for (const host of sshConfig.hosts()) candidates.push(candidate('ssh-config', host, { transport: 'ssh', host }))
  return candidates
}

function candidate(source: Candidate['source'], name: string, config: Candidate['config']): Candidate {
  return { source, name, address: addressOf(libvirtConfigSchema.parse(config)), config }
}
