import { expect, test } from 'vitest'
import type { JudgedFigure } from './measure.ts'
import { outcomeOf } from './outcome.ts'

const figure = (within: boolean, budget: number | null = 1): JudgedFigure => ({ name: 'f', value: 1, unit: 'ms', budget, within })
const leftOut = [{ name: 'page', reason: 'not installed: chromium; to provide it: apt-get install chromium' }]
const run = { figures: [figure(true), figure(true, null)], leftOut: [], named: false, ci: false }

test('all measured and within budget', () => {
  expect(outcomeOf(run)).toEqual({ lines: ['1 of 1 within budget'], exitCode: 0 })
})

test('a missed budget is told by the exit code', () => {
  expect(outcomeOf({ ...run, figures: [figure(true), figure(false)] })).toEqual({ lines: ['1 of 2 within budget'], exitCode: 1 })
})

test.each([
  ['of all groups', {}, 0],
  ['of those asked for by name', { named: true }, 1],
  ['with CI=true', { ci: true }, 1],
  ['and nothing else was measured', { figures: [] }, 1],
])('what was left out %s is named at the end, with the way to have it', (_case, more, exitCode) => {
  const outcome = outcomeOf({ ...run, leftOut, ...more })
  expect(outcome.lines.at(-1)).toBe('left out: page. not installed: chromium; to provide it: apt-get install chromium')
  expect(outcome.exitCode).toBe(exitCode)
})
