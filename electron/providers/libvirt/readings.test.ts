import { expect, test } from 'vitest'
import { constants as c, type LibvirtHost } from '../../libvirt/index.ts'
import { connectFake, fakeDomain } from '../../libvirt/testing/fake-client.ts'
import { FakeFailure } from '../../libvirt/testing/fake-daemon.ts'
import { flagsIn, readAllStates, readFlagSets } from './readings.ts'

const LIMIT = 8
const OFF = Array.from({ length: 12 }, (_, index) => fakeDomain(index + 1))
const tooMany = () => new FakeFailure(c.VIR_ERR_INTERNAL_ERROR, `Too many domains '12' for limit '${LIMIT}'`, c.VIR_FROM_RPC)

/** Twelve machines that are off and start with the host, where a list carries eight. */
async function crowdedHost(): Promise<LibvirtHost> {
  const { client, daemon } = await connectFake()
  const empty = c.VIR_CONNECT_LIST_DOMAINS_ACTIVE | c.VIR_CONNECT_LIST_DOMAINS_TRANSIENT | c.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE
  const none =
    empty | c.VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART | c.VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT | c.VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT
  daemon.on('connectListAllDomains', ({ flags = 0 }) => {
    if ((flags & none) === 0) throw tooMany()
    return { domains: [], ret: 0 }
  })
  daemon.on('connectListDefinedDomains', () => ({ names: OFF.slice(0, LIMIT).map(({ name }) => name) }))
  daemon.on('domainLookupByName', ({ name }) => ({ dom: OFF.find((dom) => dom.name === name) ?? fakeDomain(0) }))
  daemon.on('connectGetAllDomainStats', ({ doms }) => {
    if (doms.length === 0) throw tooMany()
    return { retStats: doms.map((dom) => ({ dom, params: [] })) }
  })
  return client as unknown as LibvirtHost
}

test('of more machines than can be listed the states of those that can be named are read', async () => {
  const { states, incomplete } = await readAllStates(await crowdedHost(), {})
  expect(states.map(({ dom }) => dom.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(incomplete).toMatchObject({ kind: 'unsupported', code: 'libvirt.list-too-long' })
})

test('a flag that too many have is told by those that do not have it', async () => {
  const sets = await readFlagSets(await crowdedHost(), {})
  expect(flagsIn(sets, OFF[11]?.uuid ?? '')).toEqual({ autostart: true, hasManagedSave: false, persistent: true })
})
