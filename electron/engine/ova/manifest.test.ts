import { expect, test } from 'vitest'
import { type Digest, formatManifest, parseManifest } from './manifest.ts'

const SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

test('every maker’s way of writing a line is read', () => {
  const text = `SHA1(a.ovf)= ${SHA1}\r\nSHA256 (disk (1).vmdk) = ${SHA256.toUpperCase()}\n\nSHA-1(b.nvram)=${SHA1}`
  expect([...parseManifest(text)]).toEqual([
    ['a.ovf', { algorithm: 'sha1', hex: SHA1 }],
    ['disk (1).vmdk', { algorithm: 'sha256', hex: SHA256 }],
    ['b.nvram', { algorithm: 'sha1', hex: SHA1 }],
  ])
})

test('what is written is read back', () => {
  const digests = new Map<string, Digest>([['a.ovf', { algorithm: 'sha256', hex: SHA256 }]])
  expect(formatManifest(digests)).toBe(`SHA256(a.ovf)= ${SHA256}\n`)
  expect(parseManifest(formatManifest(digests))).toEqual(digests)
})

test.each([`MD5(a.ovf)= ${SHA1.slice(8)}`, `SHA256(a.ovf)= ${SHA1}`, `SHA1(a.ovf)= ${SHA1}\nSHA1(a.ovf)= ${SHA1}`, 'SHA1 a.ovf'])(
  'a line that says nothing is refused: %j',
  (text) => {
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: 'ova.bad-manifest' }))
  },
)
