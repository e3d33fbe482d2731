import { expect, test } from 'vitest'
import type { Interest, MachineSample } from '../provider.ts'
import { createRacingClock } from '../simulated/testing/racing-clock.ts'
import type { SeenMachine } from './api.ts'
import { CallBudget } from './budget.ts'
import { CloudSamples } from './samples.ts'
import { FakeCloud, fakeApi } from './testing/fake-cloud.ts'

const MINUTE = 60_000
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const [A, B] = ['north/0', 'north/1']

/** A cloud with a figure each minute, whose machines' figures `has` lists: by default all since ever. */
function setUp() {
  const clock = createRacingClock()
  const cloud = new FakeCloud(clock)
  const startMs = clock.nowMs()
  const questions: Array<{ readonly refs: readonly string[]; readonly sinceMin: number | null }> = []
  const heard: MachineSample[] = []
  const far = { fails: false, missing: new Set<number>() }
  const inMinutes = (atMs: number) => Math.round((atMs - startMs) / MINUTE)
  const samples = new CloudSamples({
    api: {
      ...fakeApi(cloud),
      budget: new CallBudget(clock, 60_000),
      rhythm: { idleMs: 1, busyMs: 1, waitMs: 1, metricsMs: MINUTE, networksMs: 1 },
      metrics: async (refs, sinceMs) => {
        questions.push({ refs, sinceMin: sinceMs === null ? null : inMinutes(sinceMs) })
        if (far.fails) throw new Error('not now')
        const newest = Math.floor(clock.nowMs() / MINUTE)
        const minutes: number[] = []
        for (let at = sinceMs === null ? newest : Math.ceil(sinceMs / MINUTE); at <= newest; at += 1) {
          if (!far.missing.has(inMinutes(at * MINUTE))) minutes.push(at)
        }
        const none = { memoryUsedKiB: null, diskReadBytesPerS: null, diskWriteBytesPerS: null, netRxBytesPerS: null, netTxBytesPerS: null }
        return refs.flatMap((ref) => minutes.map((at) => ({ ref, metrics: { atMs: at * MINUTE, cpuPercent: 1, ...none } })))
      },
    },
    sink: {
      changes: () => undefined,
      metrics: (news) => heard.push(...news),
      event: () => undefined,
      confirmed: () => undefined,
      unseen: () => undefined,
    },
    clock,
    log: SILENT,
    signal: new AbortController().signal,
    seen: (ref): SeenMachine | undefined => {
      const seen = cloud.machines.get(ref)?.seen
      return seen && { ...seen, facts: { ...seen.facts, state: 'running' } }
    },
  })
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  const look = (focusedRef: Interest['focusedRef'], ...visible: readonly string[]) =>
    samples.setInterest({ visibleRefs: new Set(visible), focusedRef })
  /** What came since the last look, in minutes since the start; the past in brackets. */
  const news = (ref: string) => {
    const mine = heard.filter((sample) => sample.ref === ref)
    for (const sample of mine) heard.splice(heard.indexOf(sample), 1)
    return mine.map(({ metrics, isPast }) => (isPast === true ? [inMinutes(metrics.atMs)] : inMinutes(metrics.atMs)))
  }
  return { samples, pause, look, news, questions, far, cloud }
}

const past = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => [from + index])

test('focus brings the last 15 minutes once, oldest first, then only what is new', async () => {
  const { samples, pause, look, news, questions } = setUp()
  look(A, A)
  await pause(1_000)
  expect(news(A)).toEqual([...past(-14, -1), 0])
  await pause(2 * MINUTE)
  expect(news(A)).toEqual([1, 2])
  expect(questions.map(({ refs, sinceMin }) => [refs, sinceMin])).toEqual([
    [[A], -15],
    [[A], 0],
    [[A], 1],
  ])
  samples.stop()
})

test('the rest is asked for the newest alone, all in one question', async () => {
  const { samples, pause, look, news, questions } = setUp()
  look(null, A, B)
  await pause(MINUTE + 1_000)
  expect([news(A), news(B)]).toEqual([
    [0, 1],
    [0, 1],
  ])
  expect(questions).toEqual([
    { refs: [A, B], sinceMin: null },
    { refs: [A, B], sinceMin: null },
  ])
  samples.stop()
})

test('one whose newest came a moment ago gets its past at once, and what was told is not told again', async () => {
  const { samples, pause, look, news, questions } = setUp()
  look(null, A, B)
  await pause(1_000)
  expect(news(A)).toEqual([0])
  look(A, A)
  await pause(1_000)
  expect(news(A)).toEqual(past(-14, -1))
  expect(questions.at(-1)?.refs).toEqual([A])
  samples.stop()
})

test('looked away and back: nothing twice, no question more than one a minute, and the time between is brought', async () => {
  const { samples, pause, look, news, questions } = setUp()
  look(A, A)
  await pause(1_000)
  news(A)
  look(null)
  await pause(1_000)
  look(A, A)
  await pause(1_000)
  expect([news(A), questions.length]).toEqual([[], 1])
  look(null)
  await pause(5 * MINUTE)
  look(A, A)
  await pause(1_000)
  expect(news(A)).toEqual([...past(1, 4), 5])
  look(null)
  await pause(30 * MINUTE)
  look(A, A)
  await pause(1_000)
  expect(news(A)).toEqual([...past(21, 34), 35])
  samples.stop()
})

test('what the cloud does not have yet is not news, and comes when it has it', async () => {
  const { samples, pause, look, news, far } = setUp()
  for (const minute of [-1, 0, 1]) far.missing.add(minute)
  look(A, A)
  await pause(1_000)
  expect(news(A)).toEqual([...past(-14, -3), -2])
  await pause(MINUTE)
  expect(news(A)).toEqual([])
  far.missing.clear()
  await pause(MINUTE)
  expect(news(A)).toEqual([...past(-1, 1), 2])
  samples.stop()
})

test('a history that could not be read is asked for again; the rest is not kept waiting', async () => {
  const { samples, pause, look, news, questions, far } = setUp()
  far.fails = true
  look(A, A, B)
  await pause(1_000)
  expect(questions.map(({ refs }) => refs)).toEqual([[A], [B]])
  far.fails = false
  await pause(MINUTE)
  expect(news(A)).toEqual([...past(-13, 0), 1])
  expect(news(B)).toEqual([1])
  samples.stop()
})

test('a machine that is gone is told of no more', async () => {
  const { samples, pause, look, news, cloud, questions } = setUp()
  look(A, A)
  await pause(1_000)
  news(A)
  cloud.machines.delete(A)
  const asked = questions.length
  await pause(5 * MINUTE)
  expect(news(A)).toEqual([])
  // the question that was due already finds nobody to ask for
  expect(questions.length).toBe(asked)
  samples.stop()
})
