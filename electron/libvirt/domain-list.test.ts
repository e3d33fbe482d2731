import { expect, test } from 'vitest'
import { isListTooLong, listAllDomains, listDomains } from './domain-list.ts'
import { connectFake, fakeDomain, rejection } from './testing/fake-client.ts'
import { type FakeDaemon, FakeFailure } from './testing/fake-daemon.ts'
import type { DomainRef } from './wire/generated/types.ts'

const ACTIVE = 1
const INACTIVE = 2
const PERSISTENT = 4
const TRANSIENT = 8
const AUTOSTART = 1024
const HAS_CHECKPOINT = 16_384
const INTERNAL_ERROR = 1
const INVALID_ARGUMENT = 8
const NO_DOMAIN = 42
const FROM_RPC = 7

/** A daemon with domains (odd numbers transient) that refuses a list above the limit the way libvirtd does. None starts with the host. */
function holdDomains(
  daemon: FakeDaemon,
  active: readonly DomainRef[],
  inactive: readonly DomainRef[],
  limit: number,
  unknownFlag = 0,
): number[] {
  const asked: number[] = []
  daemon.on('connectListDefinedDomains', () => ({ names: inactive.slice(0, limit).map(({ name }) => name) }))
  daemon.on('connectListDomains', () => ({ ids: active.slice(0, limit).map(({ id }) => id) }))
  daemon.on('domainLookupByName', ({ name }) => ({ dom: existing(inactive.find((dom) => dom.name === name)) }))
  daemon.on('domainLookupById', ({ id }) => ({ dom: existing(active.find((dom) => dom.id === id)) }))
  daemon.on('connectListAllDomains', ({ flags = 0 }) => {
    asked.push(flags)
    if ((flags & unknownFlag) !== 0)
      throw new FakeFailure(INVALID_ARGUMENT, 'unsupported flags (0x4000) in function virConnectListAllDomains')
    if ((flags & (AUTOSTART | HAS_CHECKPOINT)) !== 0) return { domains: [], ret: 0 }
    const found = [...((flags & INACTIVE) === 0 ? active : []), ...((flags & ACTIVE) === 0 ? inactive : [])]
      .filter((dom) => (flags & PERSISTENT) === 0 || dom.id % 2 === 0)
      .filter((dom) => (flags & TRANSIENT) === 0 || dom.id % 2 === 1)
    if (found.length > limit) throw new FakeFailure(INTERNAL_ERROR, `Too many domains '${found.length}' for limit '${limit}'`, FROM_RPC)
    return { domains: found, ret: found.length }
  })
  return asked
}

function existing(dom: DomainRef | undefined): DomainRef {
  if (dom) return dom
  throw new FakeFailure(NO_DOMAIN, 'Domain not found')
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

test('what no filter makes short enough is told as such, with what helps', async () => {
  const { client, daemon } = await connectFake()
  holdDomains(daemon, domains(1, 50), [], 8)
  const error = await rejection(listAllDomains(client))
  expect(error).toMatchObject({
    kind: 'unsupported',
    code: 'libvirt.list-too-long',
    message: expect.stringContaining('Move some to another host'),
  })
  expect(isListTooLong(error)).toBe(true)
})

test.each([0, HAS_CHECKPOINT])('of machines that are alike those are listed that can be named (unknown flag %i)', async (unknownFlag) => {
  const { client, daemon } = await connectFake()
  const off = Array.from({ length: 12 }, (_, index) => fakeDomain(100 + index * 2))
  holdDomains(daemon, domains(1, 5), off, 8, unknownFlag)
  const { domains: listed, incomplete } = await listDomains(client)
  expect(listed.map((dom) => dom.id)).toEqual([1, 2, 3, 4, 5, 100, 102, 104, 106, 108, 110, 112, 114])
  expect(incomplete).toMatchObject({ code: 'libvirt.list-too-long' })
  daemon.on('domainLookupByName', () => existing(undefined) as never)
  expect((await listDomains(client)).domains.map((dom) => dom.id)).toEqual([1, 2, 3, 4, 5])
})

test('the same of machines that run, and nothing is incomplete where halves help', async () => {
  const { client, daemon } = await connectFake()
  const running = Array.from({ length: 12 }, (_, index) => fakeDomain(100 + index * 2))
  holdDomains(daemon, running, domains(1, 5), 8)
  const { domains: listed, incomplete } = await listDomains(client)
  expect(listed).toHaveLength(13)
  expect(incomplete).not.toBeNull()
  holdDomains(daemon, domains(1, 8), domains(20, 8), 8)
  expect(await listDomains(client)).toMatchObject({ incomplete: null, domains: { length: 16 } })
})

test('any other error is passed on after one call', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('connectListAllDomains', () => {
    throw new FakeFailure(INTERNAL_ERROR, 'driver broke')
  })
  expect(await rejection(listAllDomains(client))).toMatchObject({ code: 'libvirt.internal-error' })
  expect(daemon.callsOf('connectListAllDomains').length).toBe(1)
})
