import { createHash, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkHostKey, fingerprintSha256, formatKnownHost, keyTypeOf, knownKeyTypes, parseKnownHosts } from './known-hosts.ts'

/** A well-formed key blob of a type. */
function keyOf(seed: string, type = 'ssh-ed25519'): Buffer {
  const field = (data: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    return Buffer.concat([length, data])
  }
  return Buffer.concat([field(Buffer.from(type)), field(createHash('sha256').update(seed).digest())])
}
const word = (key: Buffer) => `${keyTypeOf(key)} ${key.toString('base64')}`
const parse = (...lines: string[]) => parseKnownHosts(lines.join('\n'), 'file').entries

const a = keyOf('a')
const b = keyOf('b')
const rsa = keyOf('r', 'ssh-rsa')

describe('the format', () => {
  test('comments, blank lines and nonsense are left out, nonsense is counted', () => {
    const { entries, skippedLines } = parseKnownHosts(
      [
        '# comment',
        '',
        `host ${word(a)} a comment`,
        'host ssh-ed25519 !!',
        `host ssh-rsa ${a.toString('base64')}`,
        '@odd x y z',
        'host',
      ].join('\r\n'),
      'f',
    )
    expect(entries).toMatchObject([{ patterns: ['host'], line: 3, keyType: 'ssh-ed25519', marker: 'none' }])
    expect(skippedLines).toEqual([4, 5, 6, 7])
  })

  test('any bytes are survived', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const { entries, skippedLines } = parseKnownHosts(text, 'f')
        expect(entries.length + skippedLines.length).toBeLessThanOrEqual(text.split('\n').length)
      }),
    )
  })

  test('what is written is read back, plain and hashed, and nobody else is meant', () => {
    fc.assert(
      fc.property(fc.domain(), fc.integer({ min: 1, max: 65_535 }), fc.boolean(), (host, port, hash) => {
        const key = keyOf(`${host}${port}`)
        const entries = parse(formatKnownHost(host.toUpperCase(), port, key, { hash }))
        expect(checkHostKey(entries, host, port, key).status).toBe('match')
        expect(checkHostKey(entries, host, port, randomKey()).status).toBe('changed')
        expect(checkHostKey(entries, `x${host}`, port, key).status).toBe('unknown')
      }),
    )
  })
})

const randomKey = () => keyOf(randomBytes(8).toString('hex'))

describe('the judgement', () => {
  test('the same key matches and says where it stands', () => {
    expect(checkHostKey(parse('', `host,10.0.0.1 ${word(a)}`), '10.0.0.1', 22, a)).toEqual({
      status: 'match',
      at: { keyType: 'ssh-ed25519', fingerprintSha256: fingerprintSha256(a), file: 'file', line: 2 },
    })
  })

  test('a key of another type than the known ones counts as changed, as ssh has it', () => {
    expect(checkHostKey(parse(`host ${word(a)}`), 'host', 22, rsa)).toMatchObject({
      status: 'changed',
      known: [{ keyType: 'ssh-ed25519' }],
    })
    expect(checkHostKey(parse(`host ${word(a)}`, `host ${word(rsa)}`), 'host', 22, rsa).status).toBe('match')
  })

  test('wildcards and negation', () => {
    const entries = parse(`*.lab,!bad.lab ${word(a)}`)
    expect(checkHostKey(entries, 'good.lab', 22, a).status).toBe('match')
    expect(checkHostKey(entries, 'bad.lab', 22, a).status).toBe('unknown')
  })

  test('a port has a name of its own; the plain name helps only if the key is the same', () => {
    const entries = parse(`host ${word(a)}`, `[host]:2222 ${word(b)}`)
    expect(checkHostKey(entries, 'host', 2222, b).status).toBe('match')
    expect(checkHostKey(entries, 'host', 2222, a).status).toBe('changed')
    expect(checkHostKey(entries, 'host', 3333, a).status).toBe('match')
    expect(checkHostKey(entries, 'host', 3333, b).status).toBe('unknown')
  })

  test('a revoked key is revoked although it is pinned', () => {
    expect(checkHostKey(parse(`host ${word(a)}`, `@revoked * ${word(a)}`), 'host', 22, a)).toMatchObject({
      status: 'revoked',
      at: { line: 2 },
    })
    expect(checkHostKey(parse(`host ${word(a)}`, `@revoked * ${word(b)}`), 'host', 22, a).status).toBe('match')
  })

  test('a certificate authority pins no key', () => {
    expect(checkHostKey(parse(`@cert-authority *.lab ${word(a)}`), 'x.lab', 22, a)).toEqual({ status: 'unknown', trustedByAuthority: true })
  })

  test('the known types come in file order, for the port first', () => {
    const entries = parse(`host ${word(rsa)}`, `host ${word(a)}`, `[host]:2222 ${word(b)}`)
    expect(knownKeyTypes(entries, 'host', 22)).toEqual(['ssh-rsa', 'ssh-ed25519'])
    expect(knownKeyTypes(entries, 'host', 2222)).toEqual(['ssh-ed25519'])
    expect(knownKeyTypes(entries, 'host', 3333)).toEqual(['ssh-rsa', 'ssh-ed25519'])
  })
})
