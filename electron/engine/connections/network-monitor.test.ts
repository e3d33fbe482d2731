import { expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { NetworkMonitor } from './network-monitor.ts'

function setup(ids: readonly string[]) {
  const clock = new FakeClock()
  const told: string[] = []
  const monitor = new NetworkMonitor({
    clock,
    onDown: (connections) => told.push(`down ${connections}`),
    onUp: () => told.push('up'),
    probe: () => {},
  })
  for (const id of ids) monitor.expect(id)
  return { clock, monitor, told }
}

test('two hosts that fail at once, and none that answers: the network is down', () => {
  const { monitor, told } = setup(['a', 'b'])
  for (const id of ['a', 'b']) monitor.failed(id, 'unreachable')
  expect(told).toEqual(['down 2'])
})

test.each(['unauthenticated', 'forbidden', 'protocol', 'conflict'] as const)(
  'a host that answers with %s proves the network, before and after others fail',
  async (kind) => {
    for (const order of [
      ['wrong', 'a', 'b'],
      ['a', 'wrong', 'b'],
      ['a', 'b', 'wrong'],
    ]) {
      const { clock, monitor, told } = setup(['wrong', 'a', 'b'])
      for (const id of order) {
        monitor.failed(id, id === 'wrong' ? kind : 'timeout')
        await clock.advance(10_000)
      }
      // tried again and again
      for (let round = 0; round < 20; round++) {
        for (const id of ['a', 'b']) monitor.failed(id, 'timeout')
        await clock.advance(15_000)
      }
      expect({ order, told }).toEqual({ order, told: [] })
    }
  },
)

test('an answer of a while ago proves nothing: the network can be lost since', async () => {
  const { clock, monitor, told } = setup(['wrong', 'a', 'b'])
  for (const id of ['a', 'b']) monitor.answered(id)
  monitor.failed('wrong', 'unauthenticated')
  await clock.advance(40_000)
  for (const id of ['a', 'b']) monitor.failed(id, 'unreachable')
  expect(told).toEqual(['down 2'])
})

test('what failed on this side, such as a key that cannot be read, proves nothing', () => {
  const { monitor, told } = setup(['unreadable', 'a', 'b'])
  monitor.failed('unreadable', 'precondition')
  for (const id of ['a', 'b']) monitor.failed(id, 'unreachable')
  expect(told).toEqual(['down 2'])
})

test('an answer ends the search, whatever it says', () => {
  const { monitor, told } = setup(['a', 'b'])
  for (const id of ['a', 'b']) monitor.failed(id, 'unreachable')
  monitor.failed('a', 'unauthenticated')
  monitor.failed('b', 'unreachable')
  expect(told).toEqual(['down 2', 'up'])
})
