import { expect, test } from 'vitest'
import { openHost } from '../../libvirt/index.ts'
import { fakeDomain } from '../../libvirt/testing/fake-client.ts'
import { FakeClock } from '../../libvirt/testing/fake-clock.ts'
import { FakeDaemon, FakeFailure } from '../../libvirt/testing/fake-daemon.ts'
import { settled } from '../../libvirt/testing/until.ts'
import { AddressBook } from './addresses.ts'
import { readDefinition } from './domain-facts.ts'
import { MachineTable } from './machine-table.ts'

const silent = () => undefined

/** One running machine whose agent answers what `answers` says, call by call; null: nothing in time. */
async function asked(answers: readonly (string | null)[]) {
  const daemon = new FakeDaemon()
  let calls = 0
  daemon.on('domainInterfaceAddresses', () => {
    const answer = answers[calls] ?? null
    calls += 1
    if (answer === null) throw new FakeFailure(86, 'Guest agent is not responding')
    return { ifaces: [{ name: 'eth0', hwaddr: null, addrs: answer === '' ? [] : [{ type: 0, addr: answer, prefix: 24 }] }] }
  })
  const time = new FakeClock()
  const clock = { nowMs: () => time.now(), after: time.after.bind(time), random: () => 0 }
  const host = await openHost({ open: () => Promise.resolve(daemon.stream), daemons: 'monolithic', clock: time })
  const table = new MachineTable({
    hostRef: 'host',
    networkRef: (name) => name,
    leasesOf: () => [],
    areLeasesRead: () => true,
    nowMs: clock.nowMs,
  })
  const dom = fakeDomain()
  table.applyState({ dom, native: { state: 1, reason: 1 } }, { autostart: false, hasManagedSave: false, persistent: true }, 1)
  table.applyDefinition(dom.uuid, { ...readDefinition('<domain><name>vm</name></domain>'), agent: 'connected' })
  const book = new AddressBook({ host, clock, table, networks: () => [], onChange: silent, onAddresses: silent })
  book.agentChanged(dom.uuid)
  await settled()
  return {
    book,
    dom,
    calls: () => calls,
    addresses: () => table.get(dom.uuid)?.agentAddresses,
    /** In steps: neither a call nor the line may wait longer than it would. */
    pass: async (ms: number) => {
      for (let left = ms; left > 0; left -= 2_000) {
        time.advance(Math.min(2_000, left))
        await settled()
      }
    },
  }
}

test('an agent that answers before its guest has an address is asked again, at growing pauses, until it has one', async () => {
  const { calls, addresses, pass } = await asked(['', null, '192.0.2.7'])
  expect(calls()).toBe(1)
  await pass(9_999)
  expect(calls()).toBe(1)
  await pass(1)
  expect(calls()).toBe(2)
  await pass(20_000)
  expect([calls(), addresses()]).toEqual([3, ['192.0.2.7']])
  await pass(600_000)
  expect(calls()).toBe(3)
})

test('one that stays silent is left alone after some tries, and asked anew once it says that it is there', async () => {
  const { book, dom, calls, pass } = await asked([])
  await pass(600_000)
  expect(calls()).toBe(5)
  book.agentChanged(dom.uuid)
  await settled()
  expect(calls()).toBe(6)
  await pass(10_000)
  expect(calls()).toBe(7)
  book.stop()
  await pass(600_000)
  expect(calls()).toBe(7)
})
