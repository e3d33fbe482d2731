import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { MigrationMode } from '../../../../shared/model/index.ts'
import type { ProviderPorts } from '../../provider.ts'
import type { Link } from '../link.ts'
import { failureOf, IMAGES } from '../snapshots/testing/lab-keeper.ts'
import { testPorts } from '../testing/ports.ts'
import type { LibvirtMoves } from './mover.ts'
import { linkOn, orderTo, receiverOf } from './testing/lab-moves.ts'

/** Where both hosts see the same files. */
const SHARED = '/srv/host/shared'
const PATTERN = 7

type Storage = 'shared' | 'copied' | 'mixed'
type Way = 'client' | 'peer' | 'tunnelled'
type Load = 'idle' | 'writing'

/** Every way that there is; what libvirt cannot do is refused in rows of their own. */
const MOVES: ReadonlyArray<readonly [Storage, MigrationMode, Way, Load]> = [
  ['shared', 'live', 'client', 'idle'],
  ['shared', 'live', 'peer', 'idle'],
  ['shared', 'live', 'tunnelled', 'idle'],
  ['shared', 'paused', 'client', 'idle'],
  ['shared', 'paused', 'peer', 'idle'],
  ['shared', 'paused', 'tunnelled', 'idle'],
  ['copied', 'live', 'client', 'idle'],
  ['copied', 'live', 'peer', 'idle'],
  ['copied', 'paused', 'client', 'idle'],
  ['copied', 'paused', 'peer', 'idle'],
  ['mixed', 'live', 'client', 'idle'],
  ['mixed', 'live', 'peer', 'idle'],
  ['mixed', 'paused', 'client', 'idle'],
  ['mixed', 'paused', 'peer', 'idle'],
  ['mixed', 'live', 'client', 'writing'],
  ['mixed', 'live', 'peer', 'writing'],
  ['mixed', 'paused', 'client', 'writing'],
  ['mixed', 'paused', 'peer', 'writing'],
  ['shared', 'cold', 'client', 'idle'],
  ['shared', 'cold', 'peer', 'idle'],
]

const REFUSED: ReadonlyArray<readonly [Storage, MigrationMode, Way]> = [
  ['copied', 'live', 'tunnelled'],
  ['mixed', 'live', 'tunnelled'],
  ['shared', 'cold', 'tunnelled'],
]

interface Disk {
  readonly target: string
  readonly path: string
  readonly isCopied: boolean
}

interface Traveller {
  readonly guest: LabGuest
  readonly disks: readonly Disk[]
  at: 'a' | 'b'
}

describe.skipIf(!requirePeer('libvirtd').ok)('storage × mode × way × load, to and fro between two hosts', () => {
  let lab: Lab
  let ports: ProviderPorts & { dispose(): Promise<void> }
  const links: Link[] = []
  const movers = new Map<'a' | 'b', LibvirtMoves>()
  const travellers = new Map<string, Traveller>()

  const hostOf = (name: 'a' | 'b'): LabHost => lab.host(name)
  const moverOf = (name: 'a' | 'b'): LibvirtMoves => {
    const mover = movers.get(name)
    if (!mover) throw new Error('no mover')
    return mover
  }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'mx' })
    ports = await testPorts()
    for (const name of ['a', 'b'] as const) {
      const { link, mover } = await linkOn(hostOf(name), ports)
      links.push(link)
      movers.set(name, mover)
    }
    for (const [storage, load] of [
      ['shared', 'idle'],
      ['copied', 'idle'],
      ['mixed', 'idle'],
      ['mixed', 'writing'],
    ] as const) {
      travellers.set(`${storage} ${load}`, await traveller(storage, load))
    }
    await travellers.get('mixed writing')?.guest.waitReady()
  })
  afterAll(async () => {
    for (const link of links) await link.close()
    await lab.stop()
    await ports.dispose()
  })

  async function sh(host: LabHost, command: string): Promise<string> {
    const { code, stdout, stderr } = await host.exec(command)
    if (code !== 0) throw new Error(`${command}: ${stderr}`)
    return stdout
  }

  /** A guest with a disk for each kind of storage that it has; on each a pattern is written, behind the 16 MiB that a writing guest writes to. */
  async function traveller(storage: Storage, load: Load): Promise<Traveller> {
    const a = hostOf('a')
    const name = `${storage}-${load}`
    const folders = storage === 'mixed' ? [IMAGES, SHARED] : [storage === 'copied' ? IMAGES : SHARED]
    const disks = folders.map((folder, index) => ({
      target: `vd${'ab'[index]}`,
      path: `${folder}/${name}-${index}.qcow2`,
      isCopied: folder === IMAGES,
    }))
    for (const { path } of disks) {
      await sh(a, `qemu-img create -q -f qcow2 ${path} 24M && qemu-io -c 'write -P ${PATTERN} 20M 1M' ${path}`)
    }
    const guest = await a.defineGuest({ name, boots: load === 'writing', load: load === 'writing', diskPath: disks[0]?.path ?? '' })
    for (const { target, path } of disks.slice(1)) {
      await a.virsh(['attach-disk', guest.uuid, path, target, '--subdriver', 'qcow2', '--targetbus', 'virtio', '--config'])
    }
    await guest.start()
    return { guest, disks, at: 'a' }
  }

  function known(storage: Storage, load: Load): Traveller {
    const found = travellers.get(`${storage} ${load}`)
    if (!found) throw new Error(`nobody is ${storage} and ${load}`)
    return found
  }

  const otherOf = (name: 'a' | 'b') => (name === 'a' ? 'b' : 'a')

  async function go({ guest, disks, at }: Traveller, mode: MigrationMode, way: Way) {
    const to = hostOf(otherOf(at))
    const copies = disks.filter(({ isCopied }) => isCopied)
    for (const { path } of copies) await sh(to, `qemu-img create -q -f qcow2 ${path} 24M`)
    const wish = { mode, control: way === 'client' ? ('client' as const) : ('peer' as const), tunnelled: way === 'tunnelled' }
    const order = orderTo(
      to,
      wish,
      copies.map(({ target }) => target),
    )
    return await moverOf(at).move(guest.uuid, order, receiverOf(moverOf(otherOf(at))), {})
  }

  /** Read by a process of its own, of what QEMU has written so far. */
  async function expectPattern(host: LabHost, { disks }: Traveller): Promise<void> {
    for (const { path } of disks)
      expect(await sh(host, `qemu-io -U -r -c 'read -P ${PATTERN} 20M 1M' ${path}`)).not.toContain('Pattern verification failed')
  }

  test.each(MOVES)('%s, %s, %s, %s', async (storage, mode, way, load) => {
    const one = known(storage, load)
    const { guest } = one
    if (mode === 'cold' && (await moverOf(one.at).standing(guest.uuid, {})).state !== 'off')
      await hostOf(one.at).virsh(['destroy', guest.uuid])
    const outcome = await go(one, mode, way)
    expect(await moverOf(one.at).standing(guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
    one.at = otherOf(one.at)
    expect(await moverOf(one.at).standing(guest.uuid, {})).toEqual({ state: mode === 'cold' ? 'off' : 'running', isPersistent: true })
    await expectPattern(hostOf(one.at), one)
    expect(outcome.totalMs === null).toBe(mode === 'cold')
    if (load === 'writing') {
      const ticks = async () => (await hostOf(one.at).exec(`virsh domblkstat ${guest.uuid} vda | grep wr_bytes`)).stdout
      const before = await ticks()
      await until('it goes on writing', async () => (await ticks()) !== before)
    }
  })

  test.each(REFUSED)('%s, %s, %s is refused, and why', async (storage, mode, way) => {
    const one = known(storage, 'idle')
    const before = await moverOf(one.at).standing(one.guest.uuid, {})
    const failure = await failureOf(go(one, mode, way))
    expect(failure).toMatchObject({ kind: 'unsupported', code: 'migration.no-tunnel' })
    expect(await moverOf(one.at).standing(one.guest.uuid, {})).toEqual(before)
    expect(await moverOf(otherOf(one.at)).standing(one.guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
  })
})
