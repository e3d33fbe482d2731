import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_QUERY_DEPTH, MAX_QUERY_LENGTH, type QueryNode } from './ast.ts'
import { parseQuery, parseTolerant } from './parse.ts'
import { QUERY_ERROR_CODES } from './query-error.ts'
import { queryText, SAMPLE_FIELDS, VALID_QUERIES } from './testing/samples.ts'

const word = (text: string): QueryNode => ({ kind: 'text', value: { kind: 'literal', text } })
const match = (field: string, ...texts: string[]): QueryNode => ({
  kind: 'field',
  field,
  test: { kind: 'match', op: ':', values: texts.map((text) => ({ kind: 'literal', text })) },
})

describe('what a query means', () => {
  const cases: readonly (readonly [string, QueryNode])[] = [
    ['', { kind: 'all' }],
    ['web', word('web')],
    ['web-01', word('web-01')],
    ['"a \\"b\\" \\\\ c"', word('a "b" \\ c')],
    ['"C:\\vm"', word('C:\\vm')],
    ['a\\ b', word('a b')],
    ['w*b', { kind: 'text', value: { kind: 'glob', text: 'w*b' } }],
    ['w**b', { kind: 'text', value: { kind: 'glob', text: 'w*b' } }],
    ['w*""*b', { kind: 'text', value: { kind: 'glob', text: 'w*b' } }],
    ['tag:*""', { kind: 'field', field: 'tag', test: { kind: 'present' } }],
    ['"a*"*', { kind: 'text', value: { kind: 'glob', text: 'a\\**' } }],
    ['a b', { kind: 'and', items: [word('a'), word('b')] }],
    ['a|b c', { kind: 'or', items: [word('a'), { kind: 'and', items: [word('b'), word('c')] }] }],
    ['(a b) c', { kind: 'and', items: [word('a'), word('b'), word('c')] }],
    ['a(b|c)', { kind: 'and', items: [word('a'), { kind: 'or', items: [word('b'), word('c')] }] }],
    ['-a', { kind: 'not', item: word('a') }],
    ['STATE:running,"shut off"', match('state', 'running', 'shut off')],
    ['mac:52:54:00:aa', match('mac', '52:54:00:aa')],
    ['env:a=b', match('env', 'a=b')],
    ['52:54:00', word('52:54:00')],
    ['name:"20..80"', match('name', '20..80')],
    ['ip:10.0.0.1..x', match('ip', '10.0.0.1..x')],
    ['tag:""', match('tag', '')],
    ['tag:*', { kind: 'field', field: 'tag', test: { kind: 'present' } }],
    ['tag:"*"', match('tag', '*')],
    ['has:Tag', { kind: 'field', field: 'tag', test: { kind: 'present' } }],
    ['cpu > 80', { kind: 'field', field: 'cpu', test: { kind: 'compare', op: '>', value: '80' } }],
    ['cpu:<=80%', { kind: 'field', field: 'cpu', test: { kind: 'compare', op: '<=', value: '80%' } }],
    ['cpu:20..80', { kind: 'field', field: 'cpu', test: { kind: 'match', op: ':', values: [{ kind: 'range', from: '20', to: '80' }] } }],
    ['name~web*', { kind: 'field', field: 'name', test: { kind: 'contains', text: 'web*' } }],
    ['name~/a\\/b [/]/i', { kind: 'field', field: 'name', test: { kind: 'regex', source: 'a\\/b [/]', flags: 'i' } }],
    [
      'a!=b',
      { kind: 'not', item: { kind: 'field', field: 'a', test: { kind: 'match', op: '=', values: [{ kind: 'literal', text: 'b' }] } } },
    ],
  ]
  test.each(cases)('%s', (text, ast) => {
    expect(parseQuery(text)).toEqual({ ok: true, ast })
  })

  test.each(VALID_QUERIES)('the fields accept %s', (text) => {
    expect(parseQuery(text, SAMPLE_FIELDS)).toMatchObject({ ok: true })
  })
})

describe('what is refused, and where', () => {
  const cases: readonly (readonly [string, string, number, number])[] = [
    ['name:"web', 'query.unclosed-quote', 5, 9],
    ['a "b', 'query.unclosed-quote', 2, 4],
    ['name~/web', 'query.unclosed-regex', 5, 9],
    ['(a', 'query.unbalanced-paren', 0, 1],
    ['a) b', 'query.unbalanced-paren', 1, 2],
    ['a ()', 'query.empty-group', 2, 4],
    ['a | ', 'query.empty-operand', 2, 3],
    ['| a', 'query.empty-operand', 0, 1],
    ['(a | )', 'query.empty-operand', 3, 4],
    ['a -', 'query.empty-negation', 2, 3],
    ['- a', 'query.empty-negation', 0, 1],
    ['""', 'query.empty-text', 0, 2],
    ['name~""', 'query.empty-text', 5, 7],
    ['has:""', 'query.empty-text', 4, 6],
    ['state:', 'query.missing-value', 5, 6],
    ['tag:a,,b', 'query.missing-value', 5, 6],
    ['cpu>', 'query.missing-value', 3, 4],
    ['has:', 'query.missing-value', 3, 4],
    ['cpu>1,2', 'query.list-not-allowed', 5, 7],
    ['name~a,b', 'query.list-not-allowed', 6, 8],
    ['cpu>much', 'query.bad-number', 4, 8],
    ['cpu>1e5x', 'query.bad-number', 4, 8],
    ['vcpu:many', 'query.bad-number', 5, 9],
    ['vcpu:2,many', 'query.bad-number', 7, 11],
    ['memory>8XB', 'query.bad-unit', 7, 10],
    ['cpu>5m', 'query.bad-unit', 4, 6],
    ['memory>8', 'query.missing-unit', 7, 8],
    ['seen<5', 'query.missing-unit', 5, 6],
    ['cpu:80..20', 'query.bad-range', 4, 10],
    ['autostart:perhaps', 'query.bad-boolean', 10, 17],
    ['a sate:running', 'query.unknown-field', 2, 6],
    ['has:tga', 'query.unknown-field', 4, 7],
    ['state:runing', 'query.unknown-value', 6, 12],
    ['state:paused,runing', 'query.unknown-value', 13, 19],
    ['state>5', 'query.operator-not-allowed', 0, 7],
    ['cpu~5', 'query.operator-not-allowed', 0, 5],
    ['name:1..5', 'query.operator-not-allowed', 5, 9],
    ['name~/(/', 'query.regex-invalid', 5, 8],
    ['name~/(?=a)/', 'query.regex-unsupported', 5, 12],
    ['name~/a/gi', 'query.regex-flag', 8, 10],
    ['name~/(a+)+b/', 'query.regex-nested-quantifier', 5, 13],
    [`name~/${'a'.repeat(201)}/`, 'query.regex-too-long', 5, 208],
    ['name~/(a{100}){100}/', 'query.regex-too-complex', 5, 20],
    ['a'.repeat(MAX_QUERY_LENGTH + 1), 'query.too-long', MAX_QUERY_LENGTH, MAX_QUERY_LENGTH + 1],
    [`${'('.repeat(MAX_QUERY_DEPTH + 1)}a${')'.repeat(MAX_QUERY_DEPTH + 1)}`, 'query.too-deep', MAX_QUERY_DEPTH, MAX_QUERY_DEPTH + 1],
    [`${'-'.repeat(MAX_QUERY_DEPTH + 1)}a`, 'query.too-deep', 0, 1],
  ]
  test.each(cases)('%.40s', (text, code, from, to) => {
    const result = parseQuery(text, SAMPLE_FIELDS)
    expect(result).toMatchObject({ ok: false, error: { code, from, to } })
  })

  test('every code occurs', () => {
    expect(new Set(cases.map(([, code]) => code))).toEqual(new Set(QUERY_ERROR_CODES))
  })

  test('suggestions name the nearest', () => {
    expect(parseQuery('sate:x', SAMPLE_FIELDS)).toMatchObject({ error: { params: { field: 'sate', suggestions: ['state'] } } })
    expect(parseQuery('state:pasued', SAMPLE_FIELDS)).toMatchObject({ error: { params: { suggestions: ['paused'] } } })
    expect(parseQuery('zzzzzz:x', SAMPLE_FIELDS)).toMatchObject({ error: { params: { suggestions: [] } } })
  })

  test('the leftmost error is reported, whoever found it', () => {
    expect(parseQuery('sate:x (', SAMPLE_FIELDS)).toMatchObject({ error: { code: 'query.unknown-field' } })
    expect(parseQuery('a | | sate:x', SAMPLE_FIELDS)).toMatchObject({ error: { code: 'query.empty-operand' } })
  })
})

describe('while typing', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['web state:', 'web'],
    ['web (', 'web'],
    ['web (a | ', 'web a'],
    ['web -', 'web'],
    ['web tag:prod,', 'web tag:prod'],
    ['web tag:"my ta', 'web tag:"my ta"'],
    ['web cpu>', 'web'],
    ['web cpu>8x', 'web'],
    ['web sate:x', 'web'],
    ['web -sate:x', 'web'],
    ['web "', 'web'],
    ['web)', 'web'],
  ]
  test.each(cases)('%s is previewed as %s', (text, preview) => {
    const tolerant = parseTolerant(text, SAMPLE_FIELDS)
    expect(tolerant.errors).not.toEqual([])
    expect({ ok: true, ast: tolerant.ast }).toEqual(parseQuery(preview))
  })

  test.each(VALID_QUERIES)('every prefix of %s has a preview', (text) => {
    for (let end = 0; end <= text.length; end++) {
      const tolerant = parseTolerant(text.slice(0, end), SAMPLE_FIELDS)
      const strict = parseQuery(text.slice(0, end), SAMPLE_FIELDS)
      expect(strict).toEqual(tolerant.errors[0] ? { ok: false, error: tolerant.errors[0] } : { ok: true, ast: tolerant.ast })
    }
  })
})

describe('hostile input', () => {
  test('any text gives a result, with columns inside it', () => {
    fc.assert(
      fc.property(queryText, (text) => {
        for (const { from, to } of parseTolerant(text, SAMPLE_FIELDS).errors) {
          expect(from).toBeGreaterThanOrEqual(0)
          expect(to).toBeGreaterThan(from)
          expect(to).toBeLessThanOrEqual(text.length)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['a megabyte of letters', 'a'.repeat(1_000_000), 'query.too-long'],
    ['ten thousand opening parentheses', '('.repeat(10_000), 'query.too-deep'],
    ['ten thousand closing parentheses', ')'.repeat(10_000), 'query.unbalanced-paren'],
    ['ten thousand minus signs', '-'.repeat(10_000), 'query.empty-negation'],
    ['alternating minus and parenthesis', '-('.repeat(5_000), 'query.too-deep'],
    ['only bars', '|'.repeat(10_000), 'query.empty-operand'],
    ['only commas', `a:${','.repeat(9_998)}`, 'query.missing-value'],
    ['quotes', '"'.repeat(9_999), 'query.unclosed-quote'],
    ['backslashes', `"${'\\'.repeat(9_999)}`, 'query.unclosed-quote'],
    ['stars', `"${'*'.repeat(5_000)}`, 'query.unclosed-quote'],
  ])('%s', (_, text, code) => {
    const { errors } = parseTolerant(text)
    expect(errors.map((error) => error.code)).toContain(code)
  })
})
