import { expect, test } from 'vitest'
import { machineTypeSchema } from '../../../shared/model/index.ts'
import { failure, type MakeFixture, setUp } from './fixture.ts'

/** What befalls accounts: parts of them, their credentials, their limits. */
export function cloudTests(makeFixture: MakeFixture): void {
  test('half a list takes nothing away, and the next whole one is good again', async () => {
    const { connection, halfList, seen } = await setUp(makeFixture)
    const before = [...seen.known.machine.keys()].toSorted()
    await halfList?.()
    await connection.refresh({}).catch(() => undefined)
    expect([...seen.known.machine.keys()].toSorted()).toEqual(before)
    await connection.refresh({})
    expect([...seen.known.machine.keys()].toSorted()).toEqual(before)
    expect(seen.unseenHosts.size).toBe(0)
  })

  test('a place that is down is told, keeps what is known, and comes back; the others carry on', async () => {
    const { placeDown, act, reaches, refs, seen, until } = await setUp(makeFixture)
    const here = seen.machine(refs.running)?.hostRef
    const other = [...seen.known.host.keys()].find((ref) => ref !== here) ?? ''
    const there = () => [...seen.known.machine.values()].filter((machine) => machine.hostRef === other).length
    const count = there()
    expect(count).toBeGreaterThan(0)
    const back = await placeDown?.(other)
    await until('it is told', () => seen.unseenHosts.has(other), 60_000)
    expect(seen.unseenHosts.get(other)?.message).not.toBe('')
    expect(there()).toBe(count)
    await act(refs.running, { action: 'powerOff' })
    await reaches(refs.running, 'stopped')
    expect(seen.unseenHosts.has(here ?? '')).toBe(false)
    back?.()
    await until('it is seen again', () => !seen.unseenHosts.has(other), 60_000)
    expect(there()).toBe(count)
  })

  test('credentials that are withdrawn end the link with that', async () => {
    const { connection, revoke, seen } = await setUp(makeFixture)
    const machines = seen.known.machine.size
    await revoke?.()
    expect((await connection.closed)?.kind).toBe('unauthenticated')
    expect(seen.known.machine.size).toBe(machines)
  })

  test('throttled, it waits, keeps what it knows, and goes on', async () => {
    const { connection, pause, refs, seen, throttle, until } = await setUp(makeFixture)
    const calm = await throttle?.()
    await failure(connection.refresh({ timeoutMs: 3_000 }), ['rate-limited', 'timeout'])
    await pause(500)
    expect(connection.cloud?.budget().throttledUntilMs).not.toBeNull()
    expect(seen.machine(refs.running)?.state).toBe('running')
    calm?.()
    const atMs = [...seen.confirmations.values()][0] ?? 0
    await until('it is read again', () => [...seen.confirmations.values()].every((each) => each > atMs), 120_000)
    expect(seen.unseenHosts.size).toBe(0)
  })

  test('types of a place have sizes; permissions have names', async () => {
    const { connection, refs, seen } = await setUp(makeFixture)
    const machine = seen.machine(refs.running)
    const types = (await connection.cloud?.machineTypes(machine?.hostRef ?? '', null, {})) ?? []
    for (const type of types) expect(machineTypeSchema.safeParse(type).error?.issues).toBeUndefined()
    expect(types.find(({ name }) => name === machine?.cloud?.type)).toMatchObject({ vcpus: machine?.vcpus, memoryKiB: machine?.memoryKiB })
    const permissions = (await connection.cloud?.permissions({})) ?? []
    expect(permissions.length).toBeGreaterThan(3)
    expect(permissions.every(({ name, features }) => name !== '' && features.length > 0)).toBe(true)
  })

  test('machines have what a cloud tells of them', async () => {
    const { refs, seen } = await setUp(makeFixture)
    const machine = seen.machine(refs.running)
    expect(machine?.cloud).toMatchObject({ billing: 'compute', purchase: 'on-demand' })
    // null: lists of machines do not tell it everywhere
    expect(machine?.cloud?.isProtected).not.toBe(true)
    expect(machine?.cloud?.type).toMatch(/./)
    expect(machine?.cloud?.region).toMatch(/./)
    expect(machine?.vcpus).toBeGreaterThan(0)
    expect(machine?.memoryKiB).toBeGreaterThan(0)
    expect(machine?.addresses.length).toBeGreaterThan(0)
    expect(machine?.cloud?.disks.some((disk) => disk.boot)).toBe(true)
    expect(seen.machine(refs.stopped)?.cloud).toMatchObject({ billing: 'storage' })
    for (const each of seen.known.machine.values()) expect(each.name).not.toBe('')
  })
}
