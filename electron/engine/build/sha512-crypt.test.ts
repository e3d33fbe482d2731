import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashPassword, sha512Crypt } from './sha512-crypt.ts'

/** The vectors at the end of the specification's reference implementation: salt, rounds, password, hash. */
const PUBLISHED: readonly (readonly [salt: string, rounds: number | undefined, password: string, hash: string])[] = [
  [
    'saltstring',
    undefined,
    'Hello world!',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  ],
  [
    'saltstringsaltstring',
    10_000,
    'Hello world!',
    '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
  ],
  [
    'toolongsaltstring',
    5_000,
    'This is just a test',
    '$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0',
  ],
  [
    'anotherlongsaltstring',
    1_400,
    'a very much longer text to encrypt.  This one even stretches over morethan one line.',
    '$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1',
  ],
  [
    'short',
    77_777,
    'we have a short salt string but not a short password',
    '$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0',
  ],
  [
    'asaltof16chars..',
    123_456,
    'a short string',
    '$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1',
  ],
  [
    'roundstoolow',
    10,
    'the minimum number is still observed',
    '$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX.',
  ],
]

describe('SHA-512 crypt', () => {
  test.each(PUBLISHED)('the published vector of salt %s, %s rounds', (salt, rounds, password, hash) => {
    expect(sha512Crypt(password, rounds === undefined ? { salt } : { salt, rounds })).toBe(hash)
  })

  test('an empty password, as libxcrypt 4.4 hashes it', () => {
    const hash = 'D3o2sakMsRfFzgquALmTm/c2z32T1oFHCu.3r6RKnqLB2NCcGHqypTWpT1hTkwNKZFjgq8OMxN4NnBx6LA.tY/'
    expect(sha512Crypt('', { salt: 'novacron' })).toBe(`$6$novacron$${hash}`)
  })

  test('a salt that would end the field early is refused', () => {
    for (const salt of ['a$b', 'a:b', 'a\nb', 'ä', ' ']) {
      expect(() => sha512Crypt('x', { salt })).toThrow(expect.objectContaining({ kind: 'invalid-input', code: 'build.bad-salt' }))
    }
  })

  test('a password that no login would take is refused', () => {
    const bad = (password: string, reason: string): void => {
      const error = expect.objectContaining({ kind: 'invalid-input', code: 'build.bad-password', details: { reason } })
      expect(() => sha512Crypt(password, { salt: 's' })).toThrow(error)
    }
    bad('before\0after', 'nul')
    bad('ä'.repeat(256), 'too-long')
    expect(sha512Crypt(`${'ä'.repeat(255)}a`, { salt: 's' })).toMatch(/^\$6\$s\$/)
  })
})

describe('hashing a password', () => {
  test('takes its salt from the randomness it is given, and from nothing else', () => {
    const asked: number[] = []
    const bytes = (length: number): Uint8Array => {
      asked.push(length)
      return Uint8Array.from({ length }, (_, i) => i * 16)
    }
    const once = hashPassword('secret', bytes)
    expect(once).toMatch(/^\$6\$(?:\.EUk){4}\$/)
    expect(hashPassword('secret', bytes)).toBe(once)
    expect(asked).toEqual([16, 16])
  })

  test('is of the form that /etc/shadow takes, whatever the password', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), (password, salt) => {
        fc.pre(!password.includes('\0'))
        expect(hashPassword(password, () => salt)).toMatch(/^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/)
      }),
      { numRuns: 20 },
    )
  })
})
