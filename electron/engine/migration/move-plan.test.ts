import { expect, test } from 'vitest'
import type { EndFacts } from '../../providers/provider.ts'
import { moveKind } from './move-kind.ts'
import { journeyOf, movePlanSchema, moveRequest, orderOf } from './move-plan.ts'
import { lookBefore } from './preflight.ts'
import { anEnd } from './testing/a-case.ts'
import { FakePair } from './testing/fake-pair.ts'

const DAY_MS = 24 * 3_600_000

/** How long the step that moves may take. */
async function patienceOf(postCopy: boolean): Promise<number | undefined> {
  const pair = new FakePair()
  const looked = await lookBefore(pair.service.ports, pair.spec({ postCopy }), new AbortController().signal)
  const steps = moveKind(pair as unknown as Parameters<typeof moveKind>[0]).steps(moveRequest(looked, true).plan)
  return steps.find(({ id }) => id === 'move')?.timeoutMs
}

test('one that may break in post-copy outlasts a network that is gone for days, as far as timers count', async () => {
  expect(await patienceOf(false)).toBe(DAY_MS)
  expect(await patienceOf(true)).toBeGreaterThanOrEqual(7 * DAY_MS)
  expect(await patienceOf(true)).toBeLessThan(2 ** 31)
})

/** What the hypervisor is told of a move that the hosts lead, between hosts with these addresses. */
async function orderBetween(here: readonly string[], there: readonly string[]) {
  const pair = new FakePair()
  const end = (name: string, addresses: readonly string[]): EndFacts => ({ ...anEnd(name, ''), addresses })
  pair.out = { host: end('kvm-1', here) }
  pair.into = { host: end('kvm-2', there) }
  const looked = await lookBefore(pair.service.ports, pair.spec({ control: 'peer' }), new AbortController().signal)
  const plan = movePlanSchema.parse(moveRequest(looked, true).plan)
  expect(journeyOf(plan)).toMatchObject({ sourceHostId: 'c1.h.h', targetHostId: 'c2.h.h' })
  return orderOf(plan)
}

test('an address that both hosts have leads back to the source: the move goes to one of the target’s own', async () => {
  const order = await orderBetween(['192.168.122.1', '10.0.0.1'], ['192.168.122.1', '10.0.0.2'])
  expect(order).toMatchObject({ targetAddress: '10.0.0.2', targetUri: 'qemu+ssh://10.0.0.2/system' })
})

test('an address of IPv6 stands in brackets where a port might follow', async () => {
  expect(await orderBetween(['fd00::1'], ['fd00::2'])).toMatchObject({ targetAddress: 'fd00::2', targetUri: 'qemu+ssh://[fd00::2]/system' })
})
