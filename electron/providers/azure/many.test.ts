import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { FakeClock } from '../../engine/testing/fake-clock.ts'
import type { AzureAccount } from './account.ts'
import { ManyAtOnce } from './many.ts'

const SUBSCRIPTION = '/subscriptions/one/resourcegroups/rg/providers/microsoft.compute/virtualmachines'

interface Sent {
  readonly path: string
  readonly body: unknown
}

/** An account of which only the calls of the batch are there. */
function bench(answer: (sent: Sent) => Promise<string>) {
  const clock = new FakeClock()
  const sent: Sent[] = []
  const post = (path: string, body: unknown) => {
    sent.push({ path, body })
    return answer({ path, body })
  }
  const many = new ManyAtOnce({ rest: { post } } as unknown as AzureAccount, clock, 1_000)
  const alone: string[] = []
  const ask = (name: string, region = 'West Europe') =>
    many.ask('Start', { ref: `${SUBSCRIPTION}/${name}`, region }, {}, () => {
      alone.push(name)
      return Promise.resolve(null)
    })
  return { clock, sent, alone, ask }
}

test('a batch that is throttled goes one by one, and is asked again the next time', async () => {
  const throttled = new AppError({ kind: 'rate-limited', code: 'cloud.throttled', message: 'Slower.' })
  const { clock, sent, alone, ask } = bench(() => Promise.reject(throttled))
  for (const _ of [1, 2]) {
    const both = Promise.all([ask('a'), ask('b')])
    await clock.advance(8)
    expect(await both).toEqual([null, null])
  }
  expect(alone).toEqual(['a', 'b', 'a', 'b'])
  expect(sent).toHaveLength(2)
})

test('the request is Azure’s own: one region, ids, nothing repeated', async () => {
  const { clock, sent, ask } = bench(() => Promise.resolve('{"results":[]}'))
  const both = Promise.allSettled([ask('a'), ask('b')])
  await clock.advance(8)
  // an answer that names nobody says nothing about anybody
  expect((await both).map((each) => each.status === 'rejected' && (each.reason as AppError).kind)).toEqual([
    'indeterminate',
    'indeterminate',
  ])
  expect(sent[0]?.path).toBe(
    '/subscriptions/one/providers/Microsoft.ComputeSchedule/locations/westeurope/virtualMachinesExecuteStart?api-version=2025-05-01',
  )
  expect(sent[0]?.body).toEqual({
    executionParameters: { retryPolicy: { retryCount: 0, retryWindowInMinutes: 5 } },
    resources: { ids: [`${SUBSCRIPTION}/a`, `${SUBSCRIPTION}/b`] },
    correlationid: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
})

test('an answer that cannot be read leaves it open what was begun', async () => {
  const { clock, alone, ask } = bench(() => Promise.resolve('<html>'))
  const both = Promise.allSettled([ask('a'), ask('b')])
  await clock.advance(8)
  expect((await both).map((each) => each.status === 'rejected' && (each.reason as AppError).kind)).toEqual([
    'indeterminate',
    'indeterminate',
  ])
  expect(alone).toEqual([])
})

test('a number is understood as a status, other codes as Azure’s own', async () => {
  const results = [
    { resourceId: `${SUBSCRIPTION}/A`, errorCode: '403', errorDetails: 'No.' },
    { resourceId: `${SUBSCRIPTION}/b`, errorCode: 'ScopeLocked', errorDetails: 'Locked.' },
  ]
  const { clock, ask } = bench(() => Promise.resolve(JSON.stringify({ results })))
  const both = Promise.allSettled([ask('a'), ask('b')])
  await clock.advance(8)
  expect((await both).map((each) => each.status === 'rejected' && (each.reason as AppError).code)).toEqual([
    'cloud.permission-missing',
    'machine.protected',
  ])
})
