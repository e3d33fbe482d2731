import { expect, test } from 'vitest'
import { listAllDomains } from './domain-list.ts'
import { connectFake, fakeDomain, rejection } from './testing/fake-client.ts'
import { type FakeDaemon, FakeFailure } from './testing/fake-daemon.ts'
import type { DomainRef } from './wire/generated/types.ts'

const ACTIVE = 1
const INACTIVE = 2
const PERSISTENT = 4
const TRANSIENT = 8
const INTERNAL_ERROR = 1
const FROM_RPC = 7

/** A daemon with domains (odd numbers transient) that refuses a list above the limit the way libvirtd does. */
function holdDomains(daemon: FakeDaemon, active: readonly DomainRef[], inactive: readonly DomainRef[], limit: number): number[] {
  const asked: number[] = []
  daemon.on('connectListAllDomains', ({ flags = 0 }) => {
    asked.push(flags)
    const found = [...((flags & INACTIVE) === 0 ? active : []), ...((flags & ACTIVE) === 0 ? inactive : [])]
      .filter((dom) => (flags & PERSISTENT) === 0 || dom.id % 2 === 0)
      .filter((dom) => (flags & TRANSIENT) === 0 || dom.id % 2 === 1)
    if (found.length > limit) throw new FakeFailure(INTERNAL_ERROR, `Too many domains '${found.length}' for limit '${limit}'`, FROM_RPC)
    return { domains: found, ret: found.length }
  })
  return asked
}

function domains(from: number, count: number): DomainRef[] {
  return Array.from({ length: count }, (_, index) => fakeDomain(from + index))
}

test('all domains come in one call where they fit', async () => {
  const { client, daemon } = await connectFake()
  const asked = holdDomains(daemon, domains(1, 1), domains(2, 1), 10)
  expect((await listAllDomains(client)).map((dom) => dom.id)).toEqual([1, 2])
  expect(asked).toEqual([0])
})

test('a list too long is asked for in halves, and halves of those, and nothing is missed or doubled', async () => {
  const { client, daemon } = await connectFake()
  const asked = holdDomains(daemon, [...domains(1, 5), fakeDomain(100)], [...domains(10, 12), fakeDomain(100)], 8)
  const ids = (await listAllDomains(client)).map((dom) => dom.id).toSorted((a, b) => a - b)
  expect(ids).toEqual([1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 100])
  expect(asked).toEqual([0, ACTIVE, INACTIVE, INACTIVE | PERSISTENT, INACTIVE | TRANSIENT])
})

test('a filter of the caller is kept and its pair not split again', async () => {
  const { client, daemon } = await connectFake()
  const asked = holdDomains(daemon, domains(1, 12), domains(20, 3), 8)
  expect((await listAllDomains(client, { flags: ACTIVE })).length).toBe(12)
  expect(asked).toEqual([ACTIVE, ACTIVE | PERSISTENT, ACTIVE | TRANSIENT])
})

test('what no filter makes short enough is told as such', async () => {
  const { client, daemon } = await connectFake()
  holdDomains(daemon, domains(1, 50), [], 8)
  expect(await rejection(listAllDomains(client))).toMatchObject({ kind: 'exhausted', code: 'libvirt.list-too-long' })
})

test('any other error is passed on after one call', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('connectListAllDomains', () => {
    throw new FakeFailure(INTERNAL_ERROR, 'driver broke')
  })
  expect(await rejection(listAllDomains(client))).toMatchObject({ code: 'libvirt.internal-error' })
  expect(daemon.callsOf('connectListAllDomains').length).toBe(1)
})
