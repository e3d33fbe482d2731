import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { checkUserData } from './user-data.ts'

const MIME = [
  'Content-Type: multipart/mixed;',
  ' boundary="==part=="',
  'MIME-Version: 1.0',
  '',
  '--==part==',
  'Content-Type: text/x-shellscript',
  '',
  'echo hello',
  '--==part==--',
  '',
]

describe('a user-data text', () => {
  test.each([
    ['#cloud-config\nusers:\n  - default\n', 'cloud-config'],
    ['#cloud-config', 'cloud-config'],
    ['#cloud-config \r\nhostname: web\r\n', 'cloud-config'],
    ['#cloud-config\n# nothing but comments\n', 'cloud-config'],
    ['#cloud-config\nbase: &a {hostname: web}\n<<: *a\n', 'cloud-config'],
    ['#!/bin/sh\necho\n', 'script'],
    [MIME.join('\n'), 'mime'],
    [MIME.join('\r\n'), 'mime'],
    [MIME.join('\n').replaceAll('"', ''), 'mime'],
  ])('%j is taken', (text, kind) => {
    expect(checkUserData(text).kind).toBe(kind)
  })

  test.each<[text: string, line: number, column: number, reason: string]>([
    ['', 1, 1, 'unknown-start'],
    ['hostname: web', 1, 1, 'unknown-start'],
    ['#cloud-config-archive\n- x', 1, 1, 'unknown-start'],
    ['\ufeff#cloud-config\n', 1, 1, 'byte-order-mark'],
    ['#!/bin/sh\r\necho', 1, 10, 'carriage-return'],
    ['#cloud-config\n- a\n- b\n', 2, 1, 'not-a-mapping'],
    ['#cloud-config\ntext\n', 2, 1, 'not-a-mapping'],
    ['#cloud-config\n: web\n', 2, 1, 'not-a-key'],
    ['#cloud-config\n[a]: web\n', 2, 1, 'not-a-key'],
    ['#cloud-config\nusers:\n\t- ada\n', 3, 1, 'tab-as-indent'],
    ['#cloud-config\nhostname: a\nhostname: b\n', 3, 1, 'duplicate-key'],
    ['#cloud-config\nruncmd: [a, b\n', 3, 1, 'bad-indent'],
    ['#cloud-config\nhostname: "web\n', 3, 1, 'missing-char'],
    ['#cloud-config\nhostname: *web\n', 2, 11, 'unresolved-alias'],
    ['#cloud-config\nhostname: !web x\n', 2, 11, 'tag-resolve-failed'],
    ['#cloud-config\nhostname: a\n---\nhostname: b\n', 3, 1, 'multiple-docs'],
    ['#cloud-config\nhostname: web\x07\n', 2, 14, 'not-printable'],
    [MIME.filter((line) => !line.startsWith('MIME')).join('\n'), 1, 1, 'mime-version'],
    ['MIME-Version: 1.0\nContent-Type: text/plain\n\nx', 2, 1, 'mime-not-multipart'],
    ['MIME-Version: 1.0\n\nx', 1, 1, 'mime-not-multipart'],
    ['MIME-Version: 1.0\nContent-Type: multipart/mixed\n\nx', 2, 1, 'mime-no-boundary'],
    [MIME.slice(0, 4).join('\n'), 4, 1, 'mime-no-parts'],
    [MIME.slice(0, 8).join('\n'), 8, 1, 'mime-not-closed'],
  ])('%j is refused at line %i, column %i: %s', (text, line, column, reason) => {
    expect(() => checkUserData(text)).toThrow(
      expect.objectContaining({ kind: 'invalid-input', code: 'build.bad-user-data', details: { line, column, reason } }),
    )
  })

  test('names the keys that cloud-init does not know, and where they are', () => {
    expect(checkUserData('#cloud-config\n# a\nhostname: web\n"ssh-keys": []\nno: 1\npackages: [a]\n').unknownKeys).toEqual([
      { key: 'ssh-keys', line: 4, column: 1 },
      { key: 'no', line: 5, column: 1 },
    ])
  })

  test('any mapping is taken, and each of its keys is judged', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{5,12}$/), fc.jsonValue()), (mapping) => {
        const known = checkUserData(`#cloud-config\n${stringify({ hostname: 'web', ...mapping }, { version: '1.1' })}`)
        expect(known.unknownKeys.length).toBeLessThanOrEqual(Object.keys(mapping).length)
      }),
    )
  })

  test('any text is judged and nothing else is thrown', async () => {
    const start = fc.constantFrom('#cloud-config\n', '#!', 'MIME-Version: 1.0\n', '')
    await fc.assert(
      fc.asyncProperty(start, fc.string({ unit: 'binary' }), async (first, rest) => {
        const judged = Promise.resolve(first + rest).then(checkUserData)
        const outcome = await judged.then(
          () => 'taken',
          (error: { readonly code?: unknown }) => error.code,
        )
        expect(['taken', 'build.bad-user-data']).toContain(outcome)
      }),
      { numRuns: 100 },
    )
  })
})
