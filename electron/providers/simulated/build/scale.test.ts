import { expect, test } from 'vitest'
import { isAppError } from '../../../../shared/errors/index.ts'
import { Recorder } from '../../conformance/index.ts'
import { build, definitionOf } from '../testing/builds.ts'
import { createPeer } from '../testing/peer.ts'

const MANY = 200

test('two hundred at once, some of which fail: a result for each, and nothing left of those that failed', async () => {
  const peer = createPeer({ hosts: 4, machines: 100, seed: 5, failureRate: 0.1, latencyMs: 4, jitterMs: 8 })
  const connection = await peer.connect()
  const seen = new Recorder()
  await connection.watch(seen, {})
  const hostRefs = peer.controls.hostRefs()
  const free = () => hostRefs.map((hostRef) => seen.known.pool.get(`${hostRef}/default`)?.availableBytes ?? 0)
  const before = free()
  const orders = Array.from({ length: MANY }, (_, at) => ({
    hostRef: hostRefs[at % hostRefs.length] ?? '',
    definition: definitionOf(`web-${at}`, at),
  }))
  const outcomes = await Promise.allSettled(
    orders.map(async ({ hostRef, definition }) => {
      try {
        await build(connection, hostRef, definition)
      } catch (error) {
        // what a task does to take it back: a disk that nothing uses, if there is one
        const [place] = definition.disks
        if (place && (await connection.volumes?.find(hostRef, place, {}))) await connection.volumes?.remove(hostRef, place, {})
        throw error
      }
    }),
  )
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  const codes = new Set(failed.map((error) => (isAppError(error) ? error.code : String(error))))
  expect(codes).toEqual(new Set(['volume.failed', 'build.define-failed']))
  expect(failed.length).toBeGreaterThan(MANY * 0.05)
  expect(failed.length).toBeLessThan(MANY * 0.4)
  for (const [at, { hostRef, definition }] of orders.entries()) {
    const isMade = outcomes[at]?.status === 'fulfilled'
    expect(seen.known.machine.has(definition.uuid)).toBe(isMade)
    expect(await connection.builder?.isDefined(hostRef, definition.uuid, {})).toBe(isMade)
  }
  const made = orders.filter((_, at) => outcomes[at]?.status === 'fulfilled')
  const used = hostRefs.map((hostRef) => made.filter((order) => order.hostRef === hostRef).length * 346e6)
  expect(free()).toEqual(before.map((bytes, at) => bytes - (used[at] ?? 0)))
  expect(seen.problems).toEqual([])
})

test('a hundred that start get an address each, no two the same on a bridged network', async () => {
  const peer = createPeer({ hosts: 8, machines: 20, seed: 5, speed: 20 })
  const connection = await peer.connect()
  const hostRefs = peer.controls.hostRefs()
  const built = await Promise.all(
    Array.from({ length: 100 }, async (_, at) => {
      const definition = definitionOf(`web-${at}`, at, { memoryMiB: 16 })
      await build(connection, hostRefs[at % hostRefs.length] ?? '', definition)
      await connection.act(definition.uuid, { action: 'start' }, {})
      return definition.uuid
    }),
  )
  await new Promise<void>((resolve) => void peer.clock.after(60_000, resolve))
  const machines = peer.controls.machines().filter(({ ref }) => built.includes(ref))
  expect(machines.every(({ facts }) => facts.state === 'running' && facts.agent === 'connected')).toBe(true)
  expect(new Set(machines.flatMap(({ facts }) => facts.addresses)).size).toBe(100)
})

test('machines that are built fill a pool until it is full, and the last one says so', async () => {
  const peer = createPeer({ hosts: 1, machines: 20, seed: 5 })
  const [hostRef = ''] = peer.controls.hostRefs()
  peer.controls.fillPool(hostRef, 'default', 3.5 * 346e6)
  const connection = await peer.connect()
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, (_, at) => build(connection, hostRef, definitionOf(`web-${at}`, at))))
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  expect(reasons.length).toBeGreaterThan(0)
  for (const reason of reasons) {
    expect(reason).toMatchObject({
      kind: 'exhausted',
      code: 'volume.pool-full',
      remote: { message: expect.stringContaining('No space left on device') },
    })
  }
  const list = (await connection.volumes?.list(hostRef, 'default', {})) ?? []
  expect(list.filter(({ name }) => name.startsWith('web-')).length).toBe(6 - reasons.length)
})
