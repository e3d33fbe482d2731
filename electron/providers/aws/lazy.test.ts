import { expect, test } from 'vitest'

const sources = import.meta.glob<string>(['./*.ts', './disk-images/*.ts', '!./**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

test('the library is loaded by the first account, and not with the console', () => {
  const values = Object.entries(sources).flatMap(([file, text]) =>
    [...text.matchAll(/^import (?!type )[^']*? from '(@aws-sdk\/[^']+|\.{1,2}\/sdk\/[^']+)'/gm)].map(([line]) => `${file}: ${line}`),
  )
  expect(Object.keys(sources).length).toBeGreaterThan(20)
  expect(values).toEqual([])
})
