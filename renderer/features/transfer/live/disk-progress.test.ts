import { expect, test } from 'vitest'
import type { Task } from '../../../../shared/model/index.ts'
import type { TransferParams } from '../../../lib/task/index.ts'
import { diskProgress, expectedLeftMs } from './disk-progress.ts'

type Step = Task['steps'][number]
const step = (id: string, state: Step['state']): Step => ({
  id,
  state,
  startedAtMs: 1,
  endedAtMs: null,
  weight: 1,
  cancel: 'now',
  error: null,
})
const PARAMS: TransferParams = {
  to: 'kvm-02',
  source: 'keep',
  way: 'console',
  copied: [{ target: 'vda', to: 'fast/web.qcow2', bytes: 100 }],
}
const at = (note: string | null, bytesDone: number | null = 25, bytesTotal: number | null = 100): Task['progress'] => ({
  fraction: 0.5,
  bytesDone,
  bytesTotal,
  bytesPerS: 10,
  note,
})

test('each disk says what is done with it, and how far that is; one that the task does not name has a number', () => {
  const steps = [
    step('look', 'done'),
    step('copy-0', 'done'),
    step('copy-1', 'running'),
    step('copy-2', 'pending'),
    step('define', 'pending'),
  ]
  const shown = diskProgress({ steps, progress: at('copying') }, PARAMS)
  expect(shown).toEqual([
    { index: 0, target: 'vda', to: 'fast/web.qcow2', bytes: 100, state: 'done', percent: 100, bytesDone: null },
    { index: 1, target: null, to: null, bytes: 100, state: 'sending', percent: 25, bytesDone: 25 },
    { index: 2, target: null, to: null, bytes: null, state: 'waits', percent: 0, bytesDone: null },
  ])
  expect(diskProgress({ steps, progress: at('reading-back') }, PARAMS)[1]).toMatchObject({ state: 'reading-back' })
  expect(diskProgress({ steps, progress: at(null, null, null) }, PARAMS)[1]).toMatchObject({ percent: 0, bytes: null })
})

test.each([
  ['failed', 'failed'],
  ['unknown', 'failed'],
  ['undone', 'taken-back'],
  ['skipped', 'waits'],
] as const)('a step that is %s is shown as %s', (state, shown) => {
  expect(diskProgress({ steps: [step('copy-0', state)], progress: at(null) }, PARAMS)[0]).toMatchObject({ state: shown, percent: 0 })
})

test('the end is told by what it took so far, and not before there is something to go by', () => {
  const running = (fraction: number) => ({ state: 'running' as const, startedAtMs: 1_000, progress: { ...at(null), fraction } })
  expect(expectedLeftMs(running(0.25), 11_000)).toBe(30_000)
  expect(expectedLeftMs(running(0.01), 11_000)).toBeNull()
  expect(expectedLeftMs({ ...running(0.5), state: 'cancelling' }, 11_000)).toBeNull()
})
