import { expect, test } from 'vitest'
import { isThere, type Verdict, verdictOf } from './standings.ts'

type Row = Parameters<typeof verdictOf>[0]

test.each<readonly [here: Row, there: Row | null, verdict: Verdict, why: string]>([
  ['absent', 'running', 'moved', 'the ordinary end'],
  ['absent', 'paused', 'moved', 'it was paused before'],
  ['absent', 'off', 'moved', 'it ran there and was shut down'],
  ['absent', 'outgoing', 'moved', 'it is on its way on already'],
  ['absent', 'left-paused', 'runs-there', 'the target has not let it go on'],
  ['absent', 'incoming', 'under-way', 'the target is about to let it go on'],
  ['absent', 'absent', 'unclear', 'it is nowhere'],
  ['running', 'absent', 'stayed', 'the ordinary failure'],
  ['paused', 'absent', 'stayed', 'likewise, of one that a person paused'],
  ['off', 'absent', 'stayed', 'it was shut down meanwhile'],
  ['left-paused', 'absent', 'runs-here', 'nobody has told the source that it may go on'],
  ['left-paused', 'running', 'rest-here', 'the last word to the source was lost'],
  ['left-paused', 'paused', 'rest-here', 'likewise'],
  ['left-paused', 'off', 'rest-here', 'it ran there and was shut down'],
  ['off', 'running', 'rest-here', 'its process at the source is gone, its definition is not'],
  ['running', 'off', 'rest-there', 'the target kept a definition, and the guest never ran there'],
  ['running', 'incoming', 'receiving', 'the target has not noticed that nobody sends'],
  ['left-paused', 'incoming', 'receiving', 'it is sent as a whole, and nobody says the last word'],
  ['outgoing', 'incoming', 'under-way', 'it moves'],
  ['outgoing', 'running', 'under-way', 'it fetches the rest of its memory'],
  ['running', 'running', 'unclear', 'twice: the worst'],
  ['paused', 'running', 'unclear', 'twice, one of them paused'],
  ['running', 'post-copy-failed', 'unclear', 'it goes on at the source, which cannot be'],
  ['post-copy-failed', 'running', 'unclear', 'whether it has all its memory only a person can tell'],
  ['post-copy-failed', 'off', 'unclear', 'somebody has ended it at the target: it is lost'],
  ['post-copy-failed', 'post-copy-failed', 'broken', 'both have seen that the way is gone'],
  ['post-copy-failed', 'incoming', 'broken', 'the target has not seen it yet'],
  ['outgoing', 'post-copy-failed', 'broken', 'the source has not seen it yet'],
  ['post-copy-failed', null, 'under-way', 'the target is waited for'],
  ['off', 'off', 'unclear', 'which of the disks is the newer one is not known'],
  ['running', null, 'stayed', 'the source was told that it may go on'],
  ['paused', null, 'stayed', 'likewise'],
  ['left-paused', null, 'under-way', 'only the target knows'],
  ['absent', null, 'under-way', 'only the target knows'],
  ['off', null, 'under-way', 'only the target knows'],
])('%s at the source, %s at the target: %s', (here, there, verdict) => {
  expect(verdictOf(here, there, false)).toBe(verdict)
})

test('of a move of a definition alone both ends may have it: the target’s counts', () => {
  expect(verdictOf('off', 'off', true)).toBe('rest-here')
  expect(verdictOf('off', 'absent', true)).toBe('stayed')
})

const STATES: readonly Row[] = ['absent', 'off', 'running', 'paused', 'incoming', 'outgoing', 'left-paused', 'post-copy-failed']
const PAIRS = STATES.flatMap((here) => [...STATES, null].map((there) => ({ here, there, verdict: verdictOf(here, there, false) })))
const withVerdict = (wanted: Verdict) => PAIRS.filter(({ verdict }) => verdict === wanted)

test('a machine that may run at one host is never let run at the other one', () => {
  expect(withVerdict('runs-here').map(({ here, there }) => [here, there])).toEqual([['left-paused', 'absent']])
  expect(withVerdict('runs-there').map(({ here, there }) => [here, there])).toEqual([['absent', 'left-paused']])
})

test('what may run is never given up', () => {
  expect(new Set(withVerdict('rest-here').map(({ here }) => here))).toEqual(new Set(['off', 'left-paused']))
  expect(new Set(withVerdict('rest-there').map(({ there }) => there))).toEqual(new Set(['off']))
})

test('a machine in two parts is neither given up nor let run by anybody', () => {
  const inParts = PAIRS.filter(({ here, there }) => here === 'post-copy-failed' || there === 'post-copy-failed')
  expect(new Set(inParts.map(({ verdict }) => verdict))).toEqual(new Set(['unclear', 'broken', 'under-way']))
})

test('it is there only if the target says that it has it', () => {
  const there = PAIRS.filter(({ verdict }) => isThere(verdict)).map((pair) => pair.there)
  expect(there).not.toContain(null)
  expect(there).not.toContain('absent')
  expect(there).not.toContain('incoming')
})
