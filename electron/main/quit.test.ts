import { expect, test, vi } from 'vitest'
import { type QuitOptions, Quitter } from './quit.ts'

function setUp(change: Partial<QuitOptions> = {}) {
  const steps: string[] = []
  const timers: (() => void)[] = []
  const quitter: Quitter = new Quitter({
    runningTasks: () => 0,
    ask: async () => true,
    stop: async () => void steps.push('stop'),
    quit: () => void steps.push(`quit ${prevented()}`),
    after: (_delayMs, run) => {
      timers.push(run)
      return () => void timers.splice(timers.indexOf(run), 1)
    },
    ...change,
  })
  const prevented = (): boolean => {
    const preventDefault = vi.fn<(...given: unknown[]) => void>()
    quitter.onBeforeQuit({ preventDefault })
    return preventDefault.mock.calls.length > 0
  }
  return { quitter, steps, timers, prevented }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('holds the first quit, stops once, and lets the second pass', async () => {
  const { steps, prevented } = setUp()
  expect(prevented()).toBe(true)
  expect(prevented()).toBe(true)
  await settled()
  expect(steps).toEqual(['stop', 'quit false'])
})

test('asks while tasks run, once at a time; staying leaves everything as it was', async () => {
  const ask = vi.fn<(count: number) => Promise<boolean>>(async () => false)
  const { steps, prevented } = setUp({ runningTasks: () => 2, ask })
  prevented()
  prevented()
  await settled()
  expect(ask.mock.calls).toEqual([[2]])
  expect(steps).toEqual([])
  prevented()
  await settled()
  expect(ask).toHaveBeenCalledTimes(2)
})

test('nobody is asked when the computer goes down', async () => {
  const ask = vi.fn<(count: number) => Promise<boolean>>(async () => false)
  const { quitter, steps, prevented } = setUp({ runningTasks: () => 2, ask })
  quitter.hurry()
  prevented()
  await settled()
  expect(ask).not.toHaveBeenCalled()
  expect(steps).toEqual(['stop', 'quit false'])
})

test('an engine that does not come to its end does not hold the program', async () => {
  const { steps, timers, prevented } = setUp({ stop: () => new Promise(() => {}) })
  prevented()
  await settled()
  expect(steps).toEqual([])
  timers[0]?.()
  expect(steps).toEqual(['quit false'])
})

test('a stop that fails quits all the same', async () => {
  const { steps, timers, prevented } = setUp({ stop: () => Promise.reject(new Error('disk')) })
  prevented()
  await settled()
  expect(steps).toEqual(['quit false'])
  expect(timers).toEqual([])
})
