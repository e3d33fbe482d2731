import { expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import type { SnapshotOperation, SnapshotTree } from '../../../../shared/model/index.ts'
import { CANCELLED_BY_PERSON, type ProvidedSnapshotOperation, type ProviderConnection, type SnapshotKeeper } from '../../provider.ts'
import { disksOf } from '../disks.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { createPeer, type Peer } from '../testing/peer.ts'

interface Scene {
  readonly peer: Peer
  readonly connection: ProviderConnection
  readonly keeper: SnapshotKeeper
  readonly machine: SimulatedMachine
}

/** A machine whose disks are all files, without snapshots so far. */
function isPlain({ facts, snapshots, moved, ...rest }: SimulatedMachine): boolean {
  const disks = disksOf({ facts, snapshots, ...rest })
  return (
    facts.persistent &&
    facts.template === null &&
    snapshots.length === 0 &&
    moved === undefined &&
    disks.every(({ place, device }) => place?.pool === 'default' && device === 'disk')
  )
}

async function start(state: 'running' | 'stopped' = 'stopped', agent?: 'connected'): Promise<Scene> {
  const peer = createPeer({ hosts: 2, machines: 200 })
  const connection = await peer.connect()
  const machine = peer.controls
    .machines()
    .find((each) => isPlain(each) && each.facts.state === state && (agent === undefined || each.facts.agent === agent))
  if (!connection.snapshots || !machine) throw new Error('nothing to take snapshots of')
  return { peer, connection, keeper: connection.snapshots, machine }
}

const external = (name: string): ProvidedSnapshotOperation => ({
  operation: 'create',
  name,
  description: null,
  tags: [],
  kind: 'external',
  memory: false,
  freeze: false,
})

async function act({ keeper, machine }: Scene, operation: ProvidedSnapshotOperation, acceptsLosses = false): Promise<SnapshotTree> {
  const { revision } = await keeper.tree(machine.ref, {})
  await keeper.act(machine.ref, operation, revision, { acceptsLosses })
  return keeper.tree(machine.ref, {})
}

/** What it ends with, heard from the start: it may end before anybody awaits it. */
function failureOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  )
}

const plan = ({ keeper, machine }: Scene, operation: SnapshotOperation) => keeper.plan(machine.ref, operation, {})
const filesOf = (tree: SnapshotTree, at = 0) => tree.chains[at]?.files.map(({ path }) => path) ?? []

test('a tree of three, back and forth: each file stays as long as something needs it', async () => {
  const scene = await start()
  await act(scene, external('a'))
  const two = await act(scene, external('b'))
  expect(two.snapshots.map(({ name, parent, isCurrent }) => [name, parent, isCurrent])).toEqual([
    ['a', null, false],
    ['b', 'a', true],
  ])
  expect(filesOf(two)).toHaveLength(3)
  const back = await act(scene, { operation: 'revert', name: 'a', keepAs: null, start: false }, true)
  expect(back.snapshots.find(({ isCurrent }) => isCurrent)?.name).toBe('a')
  expect(filesOf(back)).toHaveLength(2)
  expect(back.chains[0]?.others.some(({ snapshots }) => snapshots.includes('b'))).toBe(true)
  const branched = await act(scene, external('c'))
  expect(branched.snapshots.find(({ name }) => name === 'c')?.parent).toBe('a')
  expect(branched.snapshots.every(({ noRevert }) => noRevert === null)).toBe(true)
  const forth = await act(scene, { operation: 'revert', name: 'b', keepAs: null, start: false }, true)
  expect(forth.snapshots.find(({ isCurrent }) => isCurrent)?.name).toBe('b')
})

test('going back without keeping anything has to be agreed to, and what is kept can be come back to', async () => {
  const scene = await start()
  await act(scene, external('a'))
  await expect(act(scene, { operation: 'revert', name: 'a', keepAs: null, start: false })).rejects.toMatchObject({
    code: 'snapshot.would-lose',
  })
  const kept = await act(scene, { operation: 'revert', name: 'a', keepAs: 'kept', start: false })
  expect(kept.snapshots.map(({ name }) => name)).toEqual(['a', 'kept'])
  expect(kept.snapshots.find(({ name }) => name === 'kept')?.noRevert).toBeNull()
})

test('a merge that would destroy a snapshot is refused, with what leads to the same', async () => {
  const scene = await start()
  await act(scene, external('a'))
  const tree = await act(scene, external('b'))
  const [, middle = '', base = ''] = filesOf(tree)
  const operation = { operation: 'merge', target: tree.chains[0]?.target ?? '', top: middle, base } as const
  expect(await plan(scene, operation)).toMatchObject({
    reason: { code: 'snapshot.needed' },
    instead: [{ operation: 'delete', name: 'a' }],
  })
  await expect(act(scene, operation)).rejects.toMatchObject({ kind: 'precondition', code: 'snapshot.needed' })
})

test('a deletion merges the file away; the machine and the others keep their data', async () => {
  const scene = await start()
  await act(scene, external('a'))
  const before = await act(scene, external('b'))
  const after = await act(scene, { operation: 'delete', name: 'a' })
  expect(after.snapshots.map(({ name, parent }) => [name, parent])).toEqual([['b', null]])
  expect(filesOf(after)).toHaveLength(filesOf(before).length - 1)
  expect(after.snapshots[0]?.noRevert).toBeNull()
  const last = await act(scene, { operation: 'delete', name: 'b' })
  expect(last.snapshots).toEqual([])
  expect(filesOf(last)).toHaveLength(1)
  expect(scene.machine.snapshots).toEqual([])
})

test('a disk that is made to stand alone needs nothing beneath', async () => {
  const scene = await start()
  const before = await act(scene, external('a'))
  const target = before.chains[0]?.target ?? ''
  const after = await act(scene, { operation: 'flatten', target })
  expect(filesOf(after)).toEqual([filesOf(before)[0]])
  expect(after.chains[0]?.others.map(({ path }) => path)).toEqual(filesOf(before).slice(1))
  expect(await plan(scene, { operation: 'flatten', target })).toMatchObject({ reason: { code: 'snapshot.alone-already' } })
})

test('a branch that was left behind is discarded, and then its base can be merged', async () => {
  const scene = await start()
  const beganMs = scene.peer.clock.nowMs()
  await act(scene, external('a'))
  await act(scene, { operation: 'revert', name: 'a', keepAs: null, start: false }, true)
  const tree = await act(scene, { operation: 'delete', name: 'a' })
  const [chain] = tree.chains
  const [left] = chain?.others ?? []
  const [top = '', base = ''] = filesOf(tree)
  if (!chain || !left) throw new Error('nothing was left behind')
  const { target } = chain
  expect(left.base).toBe(base)
  expect(left.writtenAtMs).toBeGreaterThan(beganMs)
  const discard = { operation: 'discard', target, path: left.path } as const
  const merge = { operation: 'merge', target, top, base } as const
  expect(await plan(scene, merge)).toMatchObject({ reason: { code: 'snapshot.stands-on' }, instead: [discard] })
  expect(await plan(scene, discard)).toMatchObject({ losses: [{ code: 'snapshot.loss-branch' }], deletes: [left.path], warnings: [] })
  await expect(act(scene, discard)).rejects.toMatchObject({ code: 'snapshot.would-lose' })
  const begun = await scene.keeper.baseline(scene.machine.ref, discard, {})
  const after = await act(scene, discard, true)
  expect(await scene.keeper.probe(scene.machine.ref, discard, begun, {})).toBe('done')
  expect(after.chains.find((one) => one.target === target)?.others).toEqual([])
  expect(filesOf(await act(scene, merge))).toEqual([base])
})

test('a job is seen while it lasts, and whoever gives it up finds the chain as it was', async () => {
  const scene = await start('running')
  const tree = await act(scene, external('a'))
  await new Promise<void>((resolve) => void scene.peer.clock.after(3_600_000, resolve))
  const abort = new AbortController()
  const { keeper, machine } = scene
  const { revision } = await keeper.tree(machine.ref, {})
  const target = tree.chains[0]?.target ?? ''
  const deleting = keeper.act(machine.ref, { operation: 'delete', name: 'a' }, revision, { acceptsLosses: false, signal: abort.signal })
  const outcome = failureOf(deleting)
  await new Promise<void>((resolve) => void scene.peer.clock.after(1_000, resolve))
  const meanwhile = await keeper.tree(machine.ref, {})
  expect(meanwhile.jobs).toMatchObject([{ target, kind: 'commit' }])
  expect(meanwhile.jobs[0]?.totalBytes).toBeGreaterThan(1e9)
  abort.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Cancelled on request.' }))
  expect(await outcome).toMatchObject({ kind: 'cancelled' })
  const after = await keeper.tree(machine.ref, {})
  expect(after.jobs).toEqual([])
  expect(filesOf(after)).toEqual(filesOf(tree))
})

test('a pool that runs full in the middle of it leaves the chain as it was', async () => {
  const scene = await start('running')
  const tree = await act(scene, external('a'))
  await new Promise<void>((resolve) => void scene.peer.clock.after(3_600_000, resolve))
  const { keeper, machine, peer } = scene
  const { revision } = await keeper.tree(machine.ref, {})
  const deleting = keeper.act(machine.ref, { operation: 'delete', name: 'a' }, revision, { acceptsLosses: false })
  const outcome = failureOf(deleting)
  await new Promise<void>((resolve) => void peer.clock.after(1_000, resolve))
  peer.controls.fillPool(machine.facts.hostRef, 'default', 1_000)
  expect(await outcome).toMatchObject({ kind: 'exhausted', code: 'snapshot.pool-full-meanwhile' })
  expect(filesOf(await keeper.tree(machine.ref, {}))).toEqual(filesOf(tree))
})

test('a lost reply is found out: done, or not', async () => {
  const scene = await start()
  const { keeper, machine, peer } = scene
  const operation = external('a')
  const { revision } = await keeper.tree(machine.ref, {})
  const baseline = await keeper.baseline(machine.ref, operation, {})
  peer.controls.dropReplies(1, 'not-carried-out')
  await expect(keeper.act(machine.ref, operation, revision, { acceptsLosses: false })).rejects.toMatchObject({ kind: 'indeterminate' })
  expect(await keeper.probe(machine.ref, operation, baseline, {})).toBe('not-done')
  peer.controls.dropReplies(1, 'carried-out')
  await expect(keeper.act(machine.ref, operation, revision, { acceptsLosses: false })).rejects.toMatchObject({ kind: 'indeterminate' })
  expect(await keeper.probe(machine.ref, operation, baseline, {})).toBe('done')
})

test('a tree that is another by now refuses what was based on the old one', async () => {
  const scene = await start()
  const { keeper, machine } = scene
  const { revision } = await keeper.tree(machine.ref, {})
  await act(scene, external('a'))
  await expect(keeper.act(machine.ref, external('b'), revision, { acceptsLosses: false })).rejects.toMatchObject({
    kind: 'conflict',
    code: 'snapshot.changed-meanwhile',
  })
})

test('with its memory it runs on; without, it is off afterwards', async () => {
  const scene = await start('running', 'connected')
  const { machine } = scene
  await act(scene, { ...external('with'), operation: 'create', memory: true } as ProvidedSnapshotOperation)
  await act(scene, external('without'))
  await act(scene, { operation: 'revert', name: 'without', keepAs: null, start: false }, true)
  expect(machine.facts.state).toBe('stopped')
  await act(scene, { operation: 'revert', name: 'with', keepAs: null, start: false }, true)
  expect(machine.facts.state).toBe('running')
})

test('the data of a snapshot for a whole copy', async () => {
  const scene = await start()
  const tree = await act(scene, external('a'))
  const disks = await scene.keeper.disksOf(scene.machine.ref, 'a', {})
  expect(disks.map(({ path, inside }) => [path, inside])).toEqual(tree.chains.map(({ files }) => [files[1]?.path, null]))
})

test('words and tags are changed and nothing else', async () => {
  const scene = await start()
  const before = await act(scene, external('a'))
  const after = await act(scene, { operation: 'describe', name: 'a', description: 'Before the move', tags: ['move'] })
  expect(after.snapshots).toEqual([{ ...before.snapshots[0], description: 'Before the move', tags: ['move'] }])
})

test('the fleet comes with trees of every kind, and with what is wrong in some', async () => {
  const peer = createPeer({ hosts: 8, machines: 1_200 })
  const connection = await peer.connect()
  const owners = peer.controls.machines().filter(({ snapshots }) => snapshots.length > 0)
  expect(owners.length).toBeGreaterThan(16)
  const { snapshots: keeper } = connection
  if (!keeper) throw new Error('no snapshots')
  const all = await Promise.all(owners.map(({ ref }) => keeper.tree(ref, {})))
  const files = all.flatMap(({ chains }) => chains.flatMap((chain) => [...chain.files, ...chain.others]))
  expect(all.some(({ snapshots }) => snapshots.length === 12)).toBe(true)
  expect(all.some(({ chains }) => chains.some(({ others }) => others.length > 0))).toBe(true)
  expect(
    all.some(({ snapshots }) => snapshots.some(({ kind }) => kind === 'internal') && snapshots.some(({ kind }) => kind === 'external')),
  ).toBe(true)
  expect(files.some(({ problem }) => problem?.code === 'snapshot.file-missing')).toBe(true)
  expect(files.some(({ usedBy }) => usedBy.length > 0)).toBe(true)
  expect(all.every(({ snapshots }) => snapshots.filter(({ isCurrent }) => isCurrent).length === 1)).toBe(true)
})

test('with a machine its tree goes, and its files stay', async () => {
  const scene = await start()
  const tree = await act(scene, external('a'))
  const { peer, connection, machine } = scene
  const { hostRef } = machine.facts
  peer.controls.deleteBehindOurBack(machine.ref)
  await expect(scene.keeper.tree(machine.ref, {})).rejects.toMatchObject({ kind: 'not-found' })
  const names = (await connection.volumes?.list(hostRef, 'default', {}))?.map(({ path }) => path)
  expect(names).toEqual(expect.arrayContaining(filesOf(tree)))
})
