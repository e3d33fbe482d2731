import { expect, test } from 'vitest'
import { type MigrationSpec, migrationSpecSchema, type NicMove } from '../../../../shared/model/index.ts'
import type { MachineMover, MoveOrder, ProviderConnection, VolumePiece, VolumeRange } from '../../provider.ts'
import { disksOf } from '../disks.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { createPeer, type Peer } from '../testing/peer.ts'

const CONFIG = { hosts: 3, machines: 60, seed: 3, latencyMs: 1, jitterMs: 0, speed: 1_000 }

interface Site {
  readonly peer: Peer
  readonly connection: ProviderConnection
  readonly mover: MachineMover
  readonly hostRefs: readonly string[]
}

async function site(name: string): Promise<Site> {
  const peer = createPeer({ ...CONFIG, site: name })
  const connection = await peer.connect()
  if (!connection.migration) throw new Error('no mover')
  return { peer, connection, mover: connection.migration, hostRefs: peer.controls.hostRefs() }
}

/** A machine that is off, with one disk of its own host and one card. */
function offMachine({ peer }: Site): SimulatedMachine {
  const found = peer.controls.machines().find((machine) => {
    const { facts, snapshots } = machine
    const [disk, ...more] = disksOf(machine)
    const isPlain = facts.state === 'stopped' && facts.template === null && snapshots.length === 0 && facts.networkRefs.length === 1
    return isPlain && more.length === 0 && disk?.place?.pool === 'default'
  })
  if (!found) throw new Error('the seed gives no such machine')
  return found
}

const at = ({ mover }: Site, hostRef: string) => mover.at?.(hostRef) ?? mover
const receiver = (there: Site, hostRef: string) => ({ providerId: 'simulated', hostRef, mover: at(there, hostRef) })

function specFor({ ref }: SimulatedMachine, more: Partial<MigrationSpec> = {}): MigrationSpec {
  return { ...migrationSpecSchema.parse({ machineId: `c1.m.${ref}`, targetHostId: 'c1.h.there', mode: 'cold' }), ...more }
}

/** The bytes of its disk at the target, as the console brings them there. */
async function copyDisk(from: Site, to: Site, machine: SimulatedMachine, hostRef: string, volume: string): Promise<MoveOrder['files']> {
  const place = disksOf(machine)[0]?.place
  const [source, target] = [from.connection.volumes, to.connection.volumes]
  if (!place || !source?.readRange || !target?.fillRange) throw new Error('no disk, or no way to copy it')
  const { sizeBytes } = await source.state(machine.facts.hostRef, place, {})
  const there = { pool: 'default', volume }
  await target.create(hostRef, there, { kind: 'empty', format: 'raw', capacityBytes: sizeBytes }, {})
  const writer = await target.fillRange(hostRef, there, 0, sizeBytes, {})
  for (const piece of await piecesOf(await source.readRange(machine.facts.hostRef, place, 0, sizeBytes, {}))) {
    await (piece instanceof Uint8Array ? writer.write(piece) : writer.skip(piece.zeros))
  }
  await writer.finish()
  return [{ target: 'vda', path: `/var/lib/libvirt/images/${volume}`, format: 'qcow2' }]
}

async function piecesOf(range: VolumeRange): Promise<VolumePiece[]> {
  const pieces: VolumePiece[] = []
  for (let piece = await range.read(); piece !== null; piece = await range.read()) pieces.push(piece)
  return pieces
}

const orderOf = (spec: MigrationSpec, files: MoveOrder['files']): MoveOrder => ({
  spec,
  files,
  copies: [],
  targetAddress: '',
  targetUri: null,
})

test('from one site to another: its disk is read back as it was, its card hangs where it was told, and only the definition goes here', async () => {
  const [here, there] = [await site('Gdańsk DC'), await site('Calm')]
  const machine = offMachine(here)
  const [to = ''] = there.hostRefs
  const { mac } = (await here.mover.outgoing(machine.ref, {})).nics[0] ?? { mac: '' }
  const network = [
    ...((
      await at(there, to).incoming(to, await here.mover.outgoing(machine.ref, {}), specFor(machine), {
        source: at(here, machine.facts.hostRef),
      })
    ).networks ?? []),
  ][0]
  const nics: NicMove[] = [{ mac, on: { kind: 'network', name: network?.name ?? '' } }]
  const spec = specFor(machine, { rename: 'over-there', nics })
  const files = await copyDisk(here, there, machine, to, 'moved.qcow2')
  const place = disksOf(machine)[0]?.place ?? { pool: '', volume: '' }
  const { sizeBytes } = (await here.connection.volumes?.state(machine.facts.hostRef, place, {})) ?? { sizeBytes: 0 }
  const read = async ({ connection }: Site, hostRef: string, each: typeof place) =>
    await piecesOf((await connection.volumes?.readRange?.(hostRef, each, 0, sizeBytes, {})) as VolumeRange)
  expect(await read(there, to, { pool: 'default', volume: 'moved.qcow2' })).toEqual(await read(here, machine.facts.hostRef, place))
  const found = await there.connection.volumes?.find(to, { pool: 'default', volume: 'moved.qcow2' }, {})
  expect(found).toMatchObject({ format: 'qcow2', capacityBytes: disksOf(machine)[0]?.capacityBytes })

  await at(here, machine.facts.hostRef).copyDefinition?.(machine.ref, orderOf(spec, files), receiver(there, to), {})
  expect(await at(there, to).standing(machine.ref, {})).toEqual({ state: 'off', isPersistent: true })
  expect(await at(here, machine.facts.hostRef).standing(machine.ref, {})).toEqual({ state: 'off', isPersistent: true })
  const copy = there.peer.controls.machines().find(({ facts }) => facts.name === 'over-there')
  expect(copy?.facts).toMatchObject({ hostRef: to, state: 'stopped', networkRefs: [`${to}/${network?.name}`], vcpus: machine.facts.vcpus })
  expect(copy && disksOf(copy)[0]?.place).toEqual({ pool: 'default', volume: 'moved.qcow2' })

  await at(here, machine.facts.hostRef).settle(machine.ref, 'give-up', {})
  expect(await at(here, machine.facts.hostRef).standing(machine.ref, {})).toMatchObject({ state: 'absent' })
  expect(await at(there, to).standing(machine.ref, {})).toMatchObject({ state: 'off' })
})

test('within a site there are two of one UUID, each at its host; a third at the same host is refused', async () => {
  const here = await site('Gdańsk DC')
  const machine = offMachine(here)
  const from = machine.facts.hostRef
  const to = here.hostRefs.find((ref) => ref !== from) ?? ''
  const files = await copyDisk(here, here, machine, to, 'twin.qcow2')
  const order = orderOf(specFor(machine, { rename: 'twin' }), files)
  await at(here, from).copyDefinition?.(machine.ref, order, receiver(here, to), {})
  expect(await at(here, to).standing(machine.ref, {})).toMatchObject({ state: 'off' })
  await expect(at(here, from).copyDefinition?.(machine.ref, order, receiver(here, to), {})).rejects.toMatchObject({
    code: 'build.uuid-taken',
  })
  const out = await at(here, from).outgoing(machine.ref, {})
  const into = await at(here, to).incoming(to, out, specFor(machine), { source: at(here, from) })
  expect(into.uuidTaken).toEqual({ name: 'twin', isRunning: false })
  const twin = here.peer.controls.machines().find(({ facts }) => facts.name === 'twin')
  expect((await at(here, to).outgoing(twin?.ref ?? '', {})).uuid).toBe(machine.ref)
  await at(here, to).settle(machine.ref, 'give-up', {})
  expect(await at(here, to).standing(machine.ref, {})).toMatchObject({ state: 'absent' })
  expect(here.peer.controls.machines()).toContain(machine)
})

test('the file that was kept where it came from is seen when it goes back', async () => {
  const here = await site('Gdańsk DC')
  const machine = offMachine(here)
  const from = machine.facts.hostRef
  const to = here.hostRefs.find((ref) => ref !== from) ?? ''
  const { pool = '', volume = '' } = disksOf(machine)[0]?.place ?? {}
  const files = await copyDisk(here, here, machine, to, volume)
  await at(here, from).copyDefinition?.(machine.ref, orderOf(specFor(machine), files), receiver(here, to), {})
  await at(here, from).settle(machine.ref, 'give-up', {})
  const back = here.peer.controls.machines().find(({ facts }) => facts.hostRef === to && facts.name === machine.facts.name)
  const out = await at(here, to).outgoing(back?.ref ?? '', {})
  const into = await at(here, from).incoming(from, out, specFor(machine), { source: at(here, to) })
  expect(into.pools.find(({ name }) => name === pool)?.taken).toEqual([volume])
})

test('what runs does not come from another site; what is off does, and shares nothing with it', async () => {
  const [here, there] = [await site('Gdańsk DC'), await site('Calm')]
  const machine = offMachine(here)
  const [to = ''] = there.hostRefs
  const source = at(here, machine.facts.hostRef)
  const out = await source.outgoing(machine.ref, {})
  await expect(at(there, to).incoming(to, out, specFor(machine, { mode: 'live' }), { source })).rejects.toMatchObject({
    code: 'migration.other-kind',
  })
  const into = await at(there, to).incoming(to, out, specFor(machine), { source })
  expect(into.host.addresses).toEqual([])
  expect([...into.paths.values()].filter(({ isShared }) => isShared === true)).toEqual([])
})
