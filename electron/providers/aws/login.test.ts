import { expect, test } from 'vitest'
import { type Credentials, shared } from './login.ts'

function source(endsAtMs: number | null = null) {
  let count = 0
  const ask = (): Promise<Credentials> => {
    count += 1
    return Promise.resolve({
      accessKeyId: `ASIA${count}`,
      secretAccessKey: 'correct horse battery staple',
      ...(endsAtMs !== null && { expiration: new Date(endsAtMs) }),
    })
  }
  return { ask, count: () => count }
}

test('all who wait are given what was asked for once', async () => {
  const { ask, count } = source()
  const { credentials } = shared(
    () => ask,
    false,
    () => 0,
  )
  const all = await Promise.all([credentials(), credentials(), credentials()])
  expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIA1']))
  expect(count()).toBe(1)
})

test('what is about to end is asked for again, five minutes before', async () => {
  let nowMs = 0
  const { ask, count } = source(3_600_000)
  const { credentials } = shared(
    () => ask,
    true,
    () => nowMs,
  )
  await credentials()
  nowMs = 3_600_000 - 300_001
  await credentials()
  expect(count()).toBe(1)
  nowMs += 1
  await credentials()
  expect(count()).toBe(2)
})

test('what is no good any more is asked for again where there is something else to be had', async () => {
  const { ask, count } = source()
  const { credentials, renew } = shared(
    () => ask,
    true,
    () => 0,
  )
  await credentials()
  renew?.()
  expect((await credentials()).accessKeyId).toBe('ASIA2')
  expect(count()).toBe(2)
  expect(
    shared(
      () => ask,
      false,
      () => 0,
    ).renew,
  ).toBeNull()
})

test('a failure is not kept', async () => {
  let fails = true
  const { credentials } = shared(
    () => () => (fails ? Promise.reject(new Error('not logged in')) : source().ask()),
    true,
    () => 0,
  )
  await expect(credentials()).rejects.toThrow('not logged in')
  fails = false
  expect((await credentials()).accessKeyId).toBe('ASIA1')
})
