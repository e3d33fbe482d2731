import { expect, test } from 'vitest'
import { AppError, type ErrorKind } from '../../../shared/errors/index.ts'
import { FakeClock } from '../../engine/testing/fake-clock.ts'
import { Gather } from './gather.ts'

function problem(kind: ErrorKind): AppError {
  return new AppError({ kind, code: 'aws.wrong-state', message: 'so' })
}

/** A batch that is refused when one of these is in it. */
function gathering(clock: FakeClock, { bad = [], kind = 'precondition' }: { bad?: readonly string[]; kind?: ErrorKind } = {}) {
  const sent: string[][] = []
  const gather = new Gather<string>({
    clock,
    forMs: 5,
    mostAtOnce: 3,
    run: (key, ids) => {
      sent.push([key, ...ids])
      if (ids.some((id) => bad.includes(id))) return Promise.reject(problem(kind))
      return Promise.resolve(new Map(ids.filter((id) => id !== 'gone').map((id) => [id, `${key}:${id}`])))
    },
    missing: (id) => `no ${id}`,
  })
  return { gather, sent }
}

test('calls of one kind in one moment go together; others apart', async () => {
  const clock = new FakeClock()
  const { gather, sent } = gathering(clock)
  const answers = Promise.all([gather.ask('stop', 'a'), gather.ask('start', 'b'), gather.ask('stop', 'gone')])
  await clock.advance(5)
  expect(await answers).toEqual(['stop:a', 'start:b', 'no gone'])
  expect(sent).toEqual([
    ['stop', 'a', 'gone'],
    ['start', 'b'],
  ])
})

test('a full batch does not wait; who comes later begins another', async () => {
  const clock = new FakeClock()
  const { gather, sent } = gathering(clock)
  const first = Promise.all(['a', 'b', 'c'].map((id) => gather.ask('stop', id)))
  expect(sent).toEqual([['stop', 'a', 'b', 'c']])
  const later = gather.ask('stop', 'd')
  await clock.advance(5)
  await Promise.all([first, later])
  expect(sent[1]).toEqual(['stop', 'd'])
})

test('the same machine twice is named once, and both get the answer', async () => {
  const clock = new FakeClock()
  const { gather, sent } = gathering(clock, { bad: ['a'] })
  const answers = Promise.allSettled([gather.ask('stop', 'a'), gather.ask('stop', 'a')])
  await clock.advance(5)
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(sent).toEqual([['stop', 'a']])
})

test('refused because of one of them, each is asked for alone and has its own result', async () => {
  const clock = new FakeClock()
  const { gather, sent } = gathering(clock, { bad: ['b'] })
  const answers = Promise.allSettled(['a', 'b', 'c'].map((id) => gather.ask('stop', id)))
  await clock.advance(5)
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(sent).toEqual([
    ['stop', 'a', 'b', 'c'],
    ['stop', 'a'],
    ['stop', 'b'],
    ['stop', 'c'],
  ])
})

test.each(['indeterminate', 'unauthenticated', 'rate-limited', 'unreachable'] as const)(
  '%s is for all of them: nothing is sent again',
  async (kind) => {
    const clock = new FakeClock()
    const { gather, sent } = gathering(clock, { bad: ['a'], kind })
    const answers = Promise.allSettled(['a', 'b'].map((id) => gather.ask('stop', id)))
    await clock.advance(5)
    for (const answer of await answers) expect(answer).toMatchObject({ status: 'rejected', reason: { kind } })
    expect(sent.length).toBe(1)
  },
)
