import { describe, expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { type MigrationSpecInput, migrationSpecSchema } from '../../../../shared/model/index.ts'
import { CANCELLED_BY_PERSON, type MachineMover, type MoveOrder, type MoveProgress } from '../../provider.ts'
import { disksOf } from '../disks.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { createPeer, type Peer } from '../testing/peer.ts'

interface Ground {
  readonly peer: Peer
  readonly mover: MachineMover
  readonly machine: SimulatedMachine
  readonly from: string
  readonly to: string
}

/** A running machine with one disk of its own host, and another host that has room. */
async function ground(): Promise<Ground> {
  const peer = createPeer({ site: 'Gdańsk DC', hosts: 4, machines: 80, seed: 3, latencyMs: 2, jitterMs: 0 })
  const connection = await peer.connect()
  const mover = connection.migration
  if (!mover) throw new Error('no mover')
  for (const machine of peer.controls.machines()) {
    const { state, persistent, memoryKiB, networkRefs, name } = machine.facts
    const disks = disksOf(machine)
    const isPlain = state === 'running' && persistent && machine.snapshots.length === 0 && networkRefs.length === 1
    if (!isPlain || disks.length !== 1 || disks[0]?.place?.pool !== 'default') continue
    for (const to of peer.controls.hostRefs()) {
      if (to === machine.facts.hostRef) continue
      const into = await mover.incoming(to, await mover.outgoing(machine.ref, {}), specFor(machine, to), {})
      if ((into.memoryFreeKiB ?? 0) < memoryKiB || into.nameTaken) continue
      expect(name).not.toBe('')
      return { peer, mover, machine, from: machine.facts.hostRef, to }
    }
  }
  throw new Error('The seed gives no such machine')
}

function specFor({ ref }: SimulatedMachine, to: string, more: Partial<MigrationSpecInput> = {}) {
  return migrationSpecSchema.parse({ machineId: `c1.m.${ref}`, targetHostId: `c1.h.${to}`, mode: 'live', ...more })
}

function orderFor(machine: SimulatedMachine, to: string, more: Partial<MigrationSpecInput> = {}): MoveOrder {
  const volume = disksOf(machine)[0]?.place?.volume ?? ''
  return {
    spec: specFor(machine, to, more),
    files: [{ target: 'vda', path: `/var/lib/libvirt/images/${volume}`, format: 'qcow2' }],
    copies: ['vda'],
    targetAddress: '10.40.0.11',
    targetUri: null,
  }
}

const receiverOf = (mover: MachineMover, hostRef: string) => ({
  providerId: mover.providerId,
  hostRef,
  mover: mover.at?.(hostRef) ?? mover,
})
const byPerson = () => new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'no more' })

describe('moves of a simulated site', () => {
  test('a machine runs at one host, then at the other; both ends say so on the way', async () => {
    const { mover, machine, from, to } = await ground()
    const told: MoveProgress[] = []
    const standings: string[] = []
    const onMove = (progress: MoveProgress) => {
      told.push(progress)
      if (told.length !== 3) return
      for (const at of [from, to])
        void mover
          .at?.(at)
          .standing(machine.ref, {})
          .then(({ state }) => standings.push(state))
    }
    const outcome = await mover.move(machine.ref, orderFor(machine, to), receiverOf(mover, to), { onMove })
    expect(machine.facts).toMatchObject({ hostRef: to, state: 'running', nativeState: 'running (migrated)' })
    expect(machine.facts.networkRefs.every((ref) => ref.startsWith(`${to}/`))).toBe(true)
    expect(standings).toEqual(['outgoing', 'incoming'])
    expect(await mover.at?.(from).standing(machine.ref, {})).toMatchObject({ state: 'absent' })
    expect(await mover.at?.(to).standing(machine.ref, {})).toMatchObject({ state: 'running', isPersistent: true })
    const phases = [...new Set(told.map(({ phase }) => phase))]
    expect(phases).toEqual(['copying-disks', 'copying-memory', 'switching'])
    expect(outcome.dataBytes).toBeGreaterThan(machine.facts.memoryKiB * 1_024 * 0.6)
    expect(outcome.totalMs).toBeGreaterThan(outcome.downtimeMs ?? 0)
  })

  test('a copied disk may lie in another pool, and the machine has another name', async () => {
    const { mover, machine, from, to } = await ground()
    const volume = disksOf(machine)[0]?.place?.volume ?? ''
    const order = {
      ...orderFor(machine, to, { rename: 'moved-here' }),
      files: [{ target: 'vda', path: '/srv/iso/over.qcow2', format: 'qcow2' }],
    }
    await mover.move(machine.ref, order, receiverOf(mover, to), {})
    expect(machine.facts.name).toBe('moved-here')
    const { disks } = await mover.outgoing(machine.ref, {})
    expect(disks[0]).toMatchObject({ path: '/srv/iso/over.qcow2', pool: 'iso', volume: 'over.qcow2' })
    // what lay at the source is there until somebody deletes it
    const back = await mover.incoming(from, { ...(await mover.outgoing(machine.ref, {})) }, specFor(machine, from), {})
    expect(back.pools.some(({ name }) => name === 'default')).toBe(true)
    expect(volume).not.toBe('')
  })

  test('a cancel by a person leaves it running at the source; one who merely leaves stops nothing', async () => {
    const { peer, mover, machine, from, to } = await ground()
    const abort = new AbortController()
    const moving = mover.move(machine.ref, orderFor(machine, to), receiverOf(mover, to), {
      signal: abort.signal,
      onMove: ({ phase }) => phase === 'copying-memory' && abort.abort(byPerson()),
    })
    await expect(moving).rejects.toMatchObject({ kind: 'cancelled' })
    expect(machine.facts).toMatchObject({ hostRef: from, state: 'running' })
    const leave = new AbortController()
    const left = mover.move(machine.ref, orderFor(machine, to), receiverOf(mover, to), {
      signal: leave.signal,
      onMove: () => leave.abort(new Error('the console closes')),
    })
    await expect(left).rejects.toMatchObject({ kind: 'cancelled' })
    const followed = await mover.follow(machine.ref, {})
    expect(followed).toMatchObject({ passes: expect.any(Number) as number })
    expect(machine.facts.hostRef).toBe(to)
    expect(peer.controls.openLinks).toBe(1)
  })

  test.each([
    ['network-cut', 'source', 'timed out'],
    ['target-killed', 'target', 'closed the monitor'],
  ] as const)('%s: it runs on at the source, and what was said is told', async (fault, side, said) => {
    const { peer, mover, machine, from, to } = await ground()
    peer.controls.failMovesWith(fault)
    const moving = mover.move(machine.ref, orderFor(machine, to), receiverOf(mover, to), {})
    await expect(moving).rejects.toMatchObject({
      code: 'migration.failed',
      details: { side, said: expect.stringContaining(said) as string },
    })
    expect(machine.facts).toMatchObject({ hostRef: from, state: 'running' })
    expect(machine.job).toBeNull()
    expect(await mover.at?.(to).standing(machine.ref, {})).toMatchObject({ state: 'absent' })
  })

  test('bandwidth is changed on the way; in post-copy there is no way back', async () => {
    const { mover, machine, to } = await ground()
    const rates = new Set<number | null>()
    const steps: unknown[] = []
    let isAsked = false
    const onMove = ({ phase, bandwidthBytesPerS }: MoveProgress) => {
      rates.add(bandwidthBytesPerS)
      if (phase === 'copying-memory' && !isAsked) {
        isAsked = true
        void mover.tune(machine.ref, { bandwidthBytesPerS: 40e6 }, {}).then(() => mover.tune(machine.ref, { postCopy: true }, {}))
      }
      if (phase === 'post-copy') steps.push(mover.cancel(machine.ref, {}).catch((error: unknown) => error))
    }
    await mover.move(machine.ref, { ...orderFor(machine, to), files: [], copies: [] }, receiverOf(mover, to), { onMove })
    expect(rates).toContain(40e6)
    expect(await steps[0]).toMatchObject({ code: 'migration.no-way-back' })
    expect(machine.facts.hostRef).toBe(to)
    await expect(mover.tune(machine.ref, { postCopy: true }, {})).rejects.toMatchObject({ code: 'migration.not-running' })
  })

  test('hosts have clocks of their own, until they are set; bytes get through at the speed that a move has', async () => {
    const { peer, mover, machine, from, to } = await ground()
    const ends = await Promise.all(peer.controls.hostRefs().map((ref) => mover.ends(ref, {})))
    expect(new Set(ends.map(({ uuid }) => uuid)).size).toBe(4)
    await mover.setClock(to, {})
    const { clockOffsetMs, addresses } = await mover.ends(to, {})
    expect(clockOffsetMs).toBe(0)
    const { port } = await mover.listen(to, {})
    const measured = await mover.send(from, addresses[0] ?? '', port, {})
    const rates = new Set<number | null>()
    const order = { ...orderFor(machine, to), files: [], copies: [] }
    await mover.move(machine.ref, order, receiverOf(mover, to), { onMove: (progress) => rates.add(progress.bandwidthBytesPerS) })
    expect(rates).toEqual(new Set([measured]))
  })

  test('the target says no to what it cannot take', async () => {
    const { mover, machine, from, to } = await ground()
    await expect(mover.move(machine.ref, orderFor(machine, from), receiverOf(mover, from), {})).rejects.toThrow(/same host/)
    const order = orderFor(machine, to, {
      nics: [{ mac: (await mover.outgoing(machine.ref, {})).nics[0]?.mac ?? '', on: { kind: 'network', name: 'nowhere' } }],
    })
    await expect(mover.move(machine.ref, order, receiverOf(mover, to), {})).rejects.toThrow(/Network not found/)
    expect(machine.facts.state).toBe('running')
  })
})
