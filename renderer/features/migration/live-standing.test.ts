import { expect, test } from 'vitest'
import { choicesOf, standingsOf } from './live-standing.ts'

test.each([
  ['running', 'running', { moved: 'runs-here', stayed: 'is-there', advice: 'runs-twice' }],
  ['left-paused', 'incoming', { moved: 'still-arriving', stayed: 'is-there', advice: 'stands-still' }],
  ['running', 'absent', { moved: 'not-there', stayed: null, advice: 'look-again' }],
  ['outgoing', 'incoming', { moved: 'still-arriving', stayed: 'is-there', advice: 'look-again' }],
  ['absent', 'running', { moved: null, stayed: 'is-there', advice: 'look-again' }],
  ['absent', 'absent', { moved: 'not-there', stayed: 'not-here', advice: 'stands-still' }],
  ['post-copy-failed', 'post-copy-failed', { moved: 'in-two-parts', stayed: 'in-two-parts', advice: 'in-two-parts' }],
  ['post-copy-failed', null, { moved: 'in-two-parts', stayed: 'in-two-parts', advice: 'in-two-parts' }],
  ['post-copy-failed', 'absent', { moved: 'not-there', stayed: null, advice: 'look-again' }],
  [null, null, { moved: null, stayed: null, advice: 'look-again' }],
] as const)('“%s” here, “%s” there: nothing may be chosen that would lose it', (source, target, choices) => {
  expect(choicesOf({ source, target })).toEqual(choices)
})

test('only an error that has asked both ends tells of them', () => {
  expect(standingsOf({ code: 'migration.two-truths', details: { source: 'off', target: 'running' } })).toEqual({
    source: 'off',
    target: 'running',
  })
  expect(standingsOf({ code: 'link.not-live', details: { source: 'x' } })).toEqual({ source: null, target: null })
  expect(standingsOf(null)).toEqual({ source: null, target: null })
})
