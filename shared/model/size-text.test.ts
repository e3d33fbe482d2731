import { expect, test } from 'vitest'
import { rateText, sizeText } from './size-text.ts'

test.each([
  [0, '0 B'],
  [1_610_612_736, '1.5 GiB'],
  [104_857_600, '100 MiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

test.each([
  [420_000, '0.4 MB/s'],
  [1_048_576, '1 MB/s'],
  [117_440_512, '117 MB/s'],
  [1_170_000_000, '1170 MB/s'],
  [12_300_000_000, '12.3 GB/s'],
])('%d bytes a second are %s', (bytesPerS, text) => {
  expect(rateText(bytesPerS)).toBe(text)
})
