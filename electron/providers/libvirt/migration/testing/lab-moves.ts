import { setTimeout as delay } from 'node:timers/promises'
import type { LabHost } from '../../../../../e2e/lab/lab.ts'
import { type MigrationSpecInput, migrationSpecSchema } from '../../../../../shared/model/index.ts'
import type { MoveOrder, MoveReceiver, ProviderPorts } from '../../../provider.ts'
import { libvirtProvider } from '../../index.ts'
import { Link } from '../../link.ts'
import { HOST_REF } from '../../watch.ts'
import type { LibvirtMoves } from '../mover.ts'

export async function linkOn(host: LabHost, ports: ProviderPorts): Promise<{ readonly link: Link; readonly mover: LibvirtMoves }> {
  const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
  const link = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
    onHostKey: () => Promise.resolve(true),
  })
  if (!(link instanceof Link) || !link.migration) throw new Error('no moves')
  return { link, mover: link.migration }
}

export function receiverOf(mover: LibvirtMoves): MoveReceiver {
  return { providerId: 'libvirt', hostRef: HOST_REF, mover }
}

export function orderTo(host: LabHost, wish: Partial<MigrationSpecInput> = {}, copies: readonly string[] = []): MoveOrder {
  const spec = migrationSpecSchema.parse({ machineId: 'c1.m.1', targetHostId: 'c2.h.1', mode: 'live', ...wish })
  return { spec, files: [], copies, targetAddress: host.address, targetUri: `qemu+ssh://root@${host.address}/system` }
}

const LOOKS = 480
const LOOK_MS = 250

/** Puts right what a broken move has left, by what both ends say, and answers where the machine is. The rules are those of the engine's task. */
export async function settledAt(ref: string, from: LibvirtMoves, to: LibvirtMoves): Promise<'source' | 'target'> {
  await from.follow(ref, {}).catch(() => null)
  let seen = ''
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const [here, there] = await Promise.all([from.standing(ref, {}), to.standing(ref, {})])
    seen = `${here.state} and ${there.state}`
    if (here.state === 'absent' && there.state === 'running') return 'target'
    if (here.state === 'left-paused' && there.state === 'running') await from.settle(ref, 'give-up', {})
    if (here.state === 'left-paused' && there.state === 'absent') await from.settle(ref, 'run', {})
    if (here.state === 'running' && there.state === 'absent') return 'source'
    await delay(LOOK_MS)
  }
  throw new Error(`it stays ${seen}`)
}
