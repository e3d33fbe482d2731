import { expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { type MigrationSpec, migrationSpecSchema } from '../../../../shared/model/index.ts'
import { CANCELLED_BY_PERSON, type MachineMover, type MoveOptions, type MoveOrder, type MoveOutcome } from '../../provider.ts'
import { deferred } from '../deferred.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { createPeer, type Peer } from '../testing/peer.ts'

/** So slow that it does not end before somebody lets it go faster. */
const SLOWLY = 2_000_000
const FAST = 1_000 * SLOWLY

interface Move {
  readonly peer: Peer
  readonly machine: SimulatedMachine
  readonly from: MachineMover
  readonly to: MachineMover
  readonly begin: (options?: MoveOptions) => Promise<MoveOutcome>
  readonly resume: (options?: MoveOptions) => Promise<MoveOutcome>
}

async function aMove(faults: { readonly moves?: 'post-copy-breaks'; readonly resumesRefused?: number }): Promise<Move> {
  const peer = createPeer({ hosts: 3, machines: 60, seed: 3, latencyMs: 1, jitterMs: 0, faults })
  const { migration: mover } = await peer.connect()
  const machine = peer.controls.machines().find(({ facts, snapshots }) => facts.state === 'running' && snapshots.length === 0)
  const sourceRef = machine?.facts.hostRef ?? ''
  const hostRef = peer.controls.hostRefs().find((ref) => ref !== sourceRef) ?? ''
  const [from, to] = [mover?.at?.(sourceRef), mover?.at?.(hostRef)]
  if (!machine || !from || !to) throw new Error('the seed gives no such machine')
  const order = orderOf({ machineId: `c1.m.${machine.ref}`, targetHostId: 'c1.h.there', mode: 'live', bandwidthBytesPerS: SLOWLY })
  const receiver = { providerId: 'simulated', hostRef, mover: to }
  return {
    peer,
    machine,
    from,
    to,
    begin: (options = {}) => from.move(machine.ref, order, receiver, options),
    resume: (options = {}) => from.resume?.(machine.ref, order, receiver, options) ?? Promise.reject(new Error('it cannot')),
  }
}

function orderOf(spec: Partial<Record<keyof MigrationSpec, unknown>>): MoveOrder {
  return { spec: migrationSpecSchema.parse(spec), files: [], copies: [], targetAddress: '', targetUri: null }
}

const states = async ({ from, to, machine }: Move) =>
  (await Promise.all([from, to].map((mover) => mover.standing(machine.ref, {})))).map(({ state }) => state)

const nativeState = ({ machine }: Move) => machine.facts.nativeState

/** Resolves when it is seen to be in this phase. By its own word: time races here, and a look now and then finds it over. */
async function until(phase: string, begin: (options: MoveOptions) => Promise<MoveOutcome>) {
  return await new Promise<{ readonly moving: Promise<MoveOutcome> }>((resolve) => {
    const moving = begin({ onMove: (progress) => progress.phase === phase && resolve({ moving }) })
  })
}

async function broken(resumesRefused = 0): Promise<Move> {
  const move = await aMove({ moves: 'post-copy-breaks', resumesRefused })
  const { moving } = await until('copying-memory', move.begin)
  await move.from.tune(move.machine.ref, { postCopy: true }, {})
  await expect(moving).rejects.toMatchObject({ kind: 'indeterminate', code: 'migration.post-copy-failed' })
  return move
}

test('it breaks once it has switched over: a part at each end, held, and nothing else is done to it', async () => {
  const move = await broken()
  const { machine, from, peer } = move
  expect(await states(move)).toEqual(['post-copy-failed', 'post-copy-failed'])
  expect(nativeState(move)).toBe('running (post-copy failed)')
  expect(machine.facts.attention).toMatchObject({ code: 'machine.postcopy-failed' })
  await expect(peer.controls.externalAct(machine.ref, { action: 'suspend' })).rejects.toMatchObject({ code: 'machine.busy' })
  await expect(from.cancel(machine.ref, {})).rejects.toMatchObject({ code: 'migration.not-running' })
  expect(await from.follow(machine.ref, {})).toBeNull()
})

test('it is taken up again, fetches the rest, and is at the target alone', async () => {
  const move = await broken()
  const { machine, from } = move
  const { moving: resuming } = await until('post-copy', move.resume)
  expect(await states(move)).toEqual(['outgoing', 'incoming'])
  await from.tune(machine.ref, { bandwidthBytesPerS: FAST }, {})
  const outcome = await resuming
  expect(outcome.downtimeMs).toBeLessThan(100)
  expect(outcome.dataBytes).toBeGreaterThan(100e6)
  expect(await states(move)).toEqual(['absent', 'running'])
  expect(machine).toMatchObject({ job: null, facts: { state: 'running', nativeState: 'running (migrated)', attention: null } })
  await expect(move.resume()).rejects.toMatchObject({ code: 'migration.not-broken' })
})

test('so many tries come to nothing, in the host’s words, and leave it as it was', async () => {
  const move = await broken(2)
  for (let tries = 0; tries < 2; tries++) {
    await expect(move.resume()).rejects.toMatchObject({ code: 'migration.cannot-resume', details: { said: /No route to host/ } })
    expect(await states(move)).toEqual(['post-copy-failed', 'post-copy-failed'])
  }
  const { moving: resuming } = await until('post-copy', move.resume)
  expect(await states(move)).toEqual(['outgoing', 'incoming'])
  await move.from.tune(move.machine.ref, { bandwidthBytesPerS: FAST }, {})
  await resuming
  expect(await states(move)).toEqual(['absent', 'running'])
})

test('ended at the target by somebody else, it is lost there, and cannot be taken up', async () => {
  const move = await broken()
  await move.peer.controls.externalAct(move.machine.ref, { action: 'powerOff' })
  expect(await states(move)).toEqual(['post-copy-failed', 'off'])
  await expect(move.resume()).rejects.toMatchObject({ code: 'migration.not-broken' })
})

test('a cancel that comes in post-copy is too late, and the move goes on', async () => {
  const move = await aMove({})
  const person = new AbortController()
  const switched = deferred<void>()
  const { moving } = await until('copying-memory', ({ onMove }) =>
    move.begin({
      signal: person.signal,
      onMove(progress) {
        onMove?.(progress)
        if (progress.phase === 'post-copy') switched.resolve()
      },
    }),
  )
  await move.from.tune(move.machine.ref, { postCopy: true }, {})
  await switched.promise
  expect([await states(move), nativeState(move)]).toEqual([['outgoing', 'incoming'], 'running (migrated)'])
  person.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Cancelled.' }))
  await move.from.tune(move.machine.ref, { bandwidthBytesPerS: FAST }, {})
  await moving
  expect(await states(move)).toEqual(['absent', 'running'])
})
