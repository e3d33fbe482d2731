import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completeQuery, type ValuesOf } from './complete.ts'
import { highlightQuery } from './highlight.ts'
import { parseQuery } from './parse.ts'
import { queryText, SAMPLE_FIELDS } from './testing/samples.ts'

const valuesOf: ValuesOf = (field) => {
  if (field === 'tag') return [{ value: 'dev', count: 2 }, { value: 'prod', count: 40 }, { value: 'my "tag"', count: 7 }, { value: 'Über' }]
  if (field === 'state') return [{ value: 'running', count: 12 }]
  return []
}

/** Completes where `^` stands. */
function complete(marked: string) {
  const caret = marked.indexOf('^')
  const text = marked.replace('^', '')
  const { from, to, items } = completeQuery(text, caret, SAMPLE_FIELDS, valuesOf)
  return { text, from, to, items, apply: (i: number) => text.slice(0, from) + (items[i]?.insert ?? '') + text.slice(to) }
}

describe('what is offered', () => {
  test.each<[string, readonly string[]]>([
    ['st^', ['state:', 'autostart:', 'state:stopped']],
    ['web st^', ['state:', 'autostart:', 'state:stopped']],
    ['-st^', ['state:', 'autostart:', 'state:stopped']],
    ['(a | st^', ['state:', 'autostart:', 'state:stopped']],
    ['status^', ['state:', 'state~', 'state=']],
    ['cpu^', ['cpu>', 'cpu>=', 'cpu<', 'cpu<=', 'cpu:']],
    ['sta^:running', ['state', 'autostart']],
    ['state:^', ['running', 'stopped', 'paused']],
    ['-state:^', ['running', 'stopped', 'paused']],
    ['(state:^', ['running', 'stopped', 'paused']],
    ['state:r^', ['running']],
    ['state:shut^', ['stopped']],
    ['state:running,^', ['stopped', 'paused']],
    ['state:running,p^', ['paused', 'stopped']],
    ['tag:^', ['prod', 'my "tag"', 'dev', 'Über']],
    ['tag:ub^', ['Über']],
    ['tag:"my^', ['my "tag"']],
    ['tag:dev,"^', ['prod', 'my "tag"', 'Über']],
    ['autostart:^', ['yes', 'no']],
    ['memory>8^', ['8GiB', '8MiB', '8TiB', '8KiB', '8GB']],
    ['memory>8g^', ['8GiB', '8GB']],
    ['memory:1GiB..4m^', ['1GiB..4MiB']],
    ['seen<5^', ['5m', '5h', '5d', '5s', '5w']],
    ['has:ta^', ['tag', 'state', 'autostart']],
    ['run^', ['state:running']],
    ['prod^', ['tag:prod']],
    ['name~/a^/', []],
    ['nofield:^', []],
  ])('%s', (marked, labels) => {
    expect(complete(marked).items.map((item) => item.label)).toEqual(labels)
  })

  test('an empty box offers the fields', () => {
    expect(complete('^').items.map((item) => item.label)).toEqual([
      'name:',
      'state:',
      'tag:',
      'notes:',
      'cpu',
      'memory',
      'vcpu',
      'seen',
      'autostart:',
      'libvirt',
      'ip:',
      'has:',
    ])
  })

  test('counts and labels come along', () => {
    expect(complete('state:run^').items).toEqual([
      { insert: 'running', label: 'running', kind: 'value', detail: 'sample.running', count: 12 },
    ])
  })

  test.each([
    ['web tag:m^ x', 'web tag:"my \\"tag\\"" x'],
    ['tag:"p^', 'tag:"prod"'],
    ['tag:p^rod', 'tag:prod'],
    ['tag:dev,^prod', 'tag:dev,prod'],
    ['-(st^)', '-(state:)'],
    ['s^:running', 'seen:running'],
  ])('%s becomes %s', (marked, expected) => {
    const offered = complete(marked)
    expect(offered.items.map((_, i) => offered.apply(i))).toContain(expected)
  })
})

test('any text and caret are answered, and a value taken from the list is accepted', () => {
  fc.assert(
    fc.property(queryText, fc.integer({ min: -2, max: 70 }), (text, caret) => {
      const { from, to, items } = completeQuery(text, caret, SAMPLE_FIELDS, valuesOf)
      expect(from).toBeGreaterThanOrEqual(0)
      expect(to).toBeGreaterThanOrEqual(from)
      expect(to).toBeLessThanOrEqual(text.length)
      expect(items.every((item) => item.insert !== '')).toBe(true)
    }),
    { numRuns: 2000 },
  )
  for (const field of ['state', 'tag', 'autostart']) {
    const { items } = completeQuery(`${field}:`, field.length + 1, SAMPLE_FIELDS, valuesOf)
    for (const item of items) expect(parseQuery(`${field}:${item.insert}`, SAMPLE_FIELDS)).toMatchObject({ ok: true })
  }
})

describe('colours', () => {
  test('each token has its role', () => {
    const text = '-(state:running,"x y" | name~/a b/i) web sate:x'
    const roles = highlightQuery(text).map(({ from, to, role }) => [text.slice(from, to), role])
    expect(roles).toEqual([
      ['-', 'not'],
      ['(', 'paren'],
      ['state', 'field'],
      [':', 'op'],
      ['running', 'value'],
      [',', 'op'],
      ['"x y"', 'string'],
      ['|', 'or'],
      ['name', 'field'],
      ['~', 'op'],
      ['/a b/i', 'regex'],
      [')', 'paren'],
      ['web', 'value'],
      ['sate', 'field'],
      [':', 'op'],
      ['x', 'value'],
    ])
  })

  test.each([
    ['a (b', ['(']],
    ['name:"x', ['"x']],
    ['sate:x state:no', ['sate', 'no']],
    ['a | | b', ['|']],
  ])('%s marks %j', (text, wrong) => {
    const marked = highlightQuery(text, SAMPLE_FIELDS).filter((token) => token.role === 'error')
    expect(marked.map(({ from, to }) => text.slice(from, to))).toEqual(wrong)
  })

  test('tokens of any text follow each other', () => {
    fc.assert(
      fc.property(queryText, (text) => {
        let end = 0
        for (const { from, to } of highlightQuery(text, SAMPLE_FIELDS)) {
          expect(text.slice(end, from).trim()).toBe('')
          expect(to).toBeGreaterThan(from)
          end = to
        }
        expect(text.slice(end).trim()).toBe('')
      }),
      { numRuns: 1000 },
    )
  })
})
