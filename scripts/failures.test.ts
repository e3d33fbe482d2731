import { describe, expect, test } from 'vitest'
import { describeFailures, failuresOfPlaywright, failuresOfVitest } from './failures.mjs'

describe('what failed in vitest', () => {
  const passed = { status: 'passed', fullName: 'adds up', failureMessages: [] }

  test('a test, by file and name; a file that could not be read', () => {
    const testResults = [
      {
        name: '/p/a.test.ts',
        status: 'failed',
        assertionResults: [passed, { status: 'failed', fullName: 'x y', failureMessages: ['E: 1'] }],
      },
      { name: '/p/b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
      { name: '/p/c.test.ts', status: 'passed', assertionResults: [passed] },
    ]
    expect(failuresOfVitest({ testResults }, 1)).toEqual([
      { name: '/p/a.test.ts › x y', message: 'E: 1' },
      { name: '/p/b.test.ts', message: 'no such module' },
    ])
  })
  test('nothing, an error outside any test, no report', () => {
    expect(failuresOfVitest({ testResults: [] }, 0)).toEqual([])
    expect(failuresOfVitest({ testResults: [] }, 1)).toEqual([{ name: 'vitest', message: 'an error outside any test: see above' }])
    expect(failuresOfVitest(undefined, 137)).toEqual([{ name: 'vitest', message: 'wrote no report and ended with 137' }])
  })
})

describe('what failed in Playwright', () => {
  test('specs at any depth, what passed at a second try too, and errors outside', () => {
    const spec = (title: string, status: string) => ({
      title,
      file: 'a.spec.ts',
      line: 7,
      tests: [{ status, results: [{ errors: [{ message: `why ${title}` }] }] }],
    })
    const suites = [
      {
        title: 'a',
        specs: [spec('one', 'expected')],
        suites: [{ title: 'b', specs: [spec('two', 'flaky'), spec('three', 'unexpected')] }],
      },
    ]
    expect(failuresOfPlaywright({ suites, errors: [{ message: 'no browser' }] }, 1)).toEqual([
      { name: 'a.spec.ts:7 › two', message: 'why two' },
      { name: 'a.spec.ts:7 › three', message: 'why three' },
      { name: 'Playwright', message: 'no browser' },
    ])
  })
  test('nothing, an error outside any test, no report', () => {
    expect(failuresOfPlaywright({ suites: [], errors: [] }, 0)).toEqual([])
    expect(failuresOfPlaywright({ suites: [], errors: [] }, 1)).toHaveLength(1)
    expect(failuresOfPlaywright(undefined, 1)).toEqual([{ name: 'Playwright', message: 'wrote no report and ended with 1' }])
  })
})

test('the end of the log: names without the root, messages in short and without colours, many by name', () => {
  const message = `\u001B[31mexpected 1\u001B[39m\n\n    at f (/p/node_modules/a.js:1:2)\n    at f (node:internal/a:1:2)\n${'at /p/x.ts\n'.repeat(20)}`
  const failures = Array.from({ length: 12 }, (_, index) => ({ name: `/p/${index}.test.ts › t`, message }))
  const lines = describeFailures(failures, '/p')
  expect(describeFailures(failures, '/p/')).toEqual(lines)
  expect(lines.slice(0, 3)).toEqual(['failed: 0.test.ts › t', '    expected 1', '    at x.ts'])
  expect(lines).toHaveLength(10 * 9 + 2)
  expect(lines.at(-1)).toBe('failed: 11.test.ts › t')
})
