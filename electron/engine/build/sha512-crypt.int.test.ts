import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import { sha512Crypt } from './sha512-crypt.ts'

const tools = requirePeer('seed-tools')

/** What openssl makes of passwords: it takes at most 256 bytes of each, and refuses an empty one. */
function openssl(passwords: readonly string[], salt: string): string[] {
  const input = passwords.map((password) => `${password}\n`).join('')
  return execFileSync('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], { input, encoding: 'utf8' }).trimEnd().split('\n')
}

function ours(passwords: readonly string[], salt: string): string[] {
  return passwords.map((password) => sha512Crypt(password, { salt }))
}

describe.skipIf(!tools.ok)('SHA-512 crypt and openssl', () => {
  test('agree on passwords of every kind and on every length around a block', () => {
    const lengths = [1, 15, 16, 17, 63, 64, 65, 111, 112, 127, 128, 129, 255, 256]
    const passwords = [' ', 'pässwörd', '密码', '👩‍🚀 "quoted" \'too\' $6$ \\', ...lengths.map((length) => 'x'.repeat(length))]
    expect(ours(passwords, 'novacron')).toEqual(openssl(passwords, 'novacron'))
  })

  test('agree on random passwords and salts', () => {
    const password = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .filter((text) => !/[\0\r\n]/.test(text) && Buffer.byteLength(text) <= 256)
    const salt = fc.stringMatching(/^[./0-9A-Za-z]{1,16}$/)
    fc.assert(
      fc.property(fc.array(password, { minLength: 1, maxLength: 8 }), salt, (passwords, chosen) => {
        expect(ours(passwords, chosen)).toEqual(openssl(passwords, chosen))
      }),
      { numRuns: 20 },
    )
  })
})
