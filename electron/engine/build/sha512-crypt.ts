import { hash as digest } from 'node:crypto'
import { AppError } from '../../../shared/errors/index.ts'

/** Bytes of randomness, given by the caller: `randomBytes` of node:crypto outside tests. */
export type RandomBytes = (length: number) => Uint8Array

export interface CryptOptions {
  /** At most 16 characters count; `$`, `:`, line ends and what is not printable ASCII are refused. */
  readonly salt: string
  /** Written into the hash when given; taken to be at least 1,000 and at most 999,999,999, as the specification says. Default 5,000. */
  readonly rounds?: number
}

const DEFAULT_ROUNDS = 5_000
const MIN_ROUNDS = 1_000
const MAX_ROUNDS = 999_999_999
const SALT_LENGTH = 16
/** The guest's libxcrypt hashes no longer passphrase (CRYPT_MAX_PASSPHRASE_SIZE, 512 with the end mark), so nobody could log in with one. */
const MAX_PASSWORD_BYTES = 511
/** Base 64 of crypt(3): another alphabet than RFC 4648's, lowest bits first. */
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * The crypt(3) hash of a password with a fresh salt of 96 bits, as `/etc/shadow` and cloud-init's `hashed_passwd` take it.
 * @throws AppError invalid-input `build.bad-password` for one that no guest would take at a login
 */
export function hashPassword(password: string, randomBytes: RandomBytes): string {
  const salt = Array.from(randomBytes(SALT_LENGTH), (byte) => ALPHABET.charAt(byte & 63)).join('')
  return sha512Crypt(password, { salt })
}

/**
 * SHA-512 crypt, `$6$salt$hash`. Takes about 20 ms for each 5,000 rounds.
 * Source: Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6; the step numbers below are its.
 * @throws AppError invalid-input `build.bad-password` or `build.bad-salt`
 */
export function sha512Crypt(password: string, options: CryptOptions): string {
  const key = passwordBytes(password)
  const salt = saltBytes(options.salt)
  const rounds = Math.min(Math.max(Math.trunc(options.rounds ?? DEFAULT_ROUNDS), MIN_ROUNDS), MAX_ROUNDS)
  const result = stretch(key, salt, rounds)
  const prefix = options.rounds === undefined ? '' : `rounds=${rounds}$`
  return `$6$${prefix}${salt.toString('latin1')}$${encode(result)}`
}

function passwordBytes(password: string): Buffer {
  const bytes = Buffer.from(password, 'utf8')
  // crypt(3) takes a C string: what follows a NUL would not count
  const reason = bytes.includes(0) ? 'nul' : bytes.length > MAX_PASSWORD_BYTES ? 'too-long' : undefined
  if (reason === undefined) return bytes
  throw new AppError({
    kind: 'invalid-input',
    code: 'build.bad-password',
    message: `The password cannot be used for a login: ${reason === 'nul' ? 'it holds a NUL character' : `it has more than ${MAX_PASSWORD_BYTES} bytes`}.`,
    details: { reason },
  })
}

function saltBytes(salt: string): Buffer {
  if (!/^[!-#%-9;-~]*$/.test(salt)) {
    throw new AppError({
      kind: 'invalid-input',
      code: 'build.bad-salt',
      message: 'The salt of a password hash is printable ASCII without $ and :.',
    })
  }
  return Buffer.from(salt.slice(0, SALT_LENGTH), 'latin1')
}

function stretch(key: Buffer, salt: Buffer, rounds: number): Buffer {
  // steps 4 to 8
  const b = sha512(key, salt, key)
  // steps 1 to 3 and 9 to 12
  const parts: Buffer[] = [key, salt, repeat(b, key.length)]
  for (let bits = key.length; bits > 0; bits >>>= 1) parts.push((bits & 1) === 1 ? b : key)
  let a = sha512(...parts)
  // steps 13 to 16
  const p = repeat(sha512(...Array.from({ length: key.length }, () => key)), key.length)
  // steps 17 to 20
  const s = repeat(sha512(...Array.from({ length: 16 + (a[0] ?? 0) }, () => salt)), salt.length)
  // step 21
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1
    const input = [odd ? p : a]
    if (round % 3 !== 0) input.push(s)
    if (round % 7 !== 0) input.push(p)
    input.push(odd ? a : p)
    a = sha512(...input)
  }
  return a
}

function sha512(...parts: readonly Buffer[]): Buffer {
  return digest('sha512', Buffer.concat(parts), 'buffer')
}

/** `length` bytes of `block`, again and again. */
function repeat(block: Buffer, length: number): Buffer {
  return Buffer.alloc(length, block)
}

/**
 * Step 22: groups of three bytes, 24 bits each, as four characters. The first bytes of the groups go 0, 22, 44, 1, …: each group
 * is the one before it, turned by one and moved on by one; the last byte stands alone.
 */
function encode(bytes: Buffer): string {
  let text = ''
  let group: readonly [number, number, number] = [0, 21, 42]
  for (let i = 0; i < 21; i++) {
    const [high, middle, low] = group
    text += characters(((bytes[high] ?? 0) << 16) | ((bytes[middle] ?? 0) << 8) | (bytes[low] ?? 0), 4)
    group = [middle + 1, low + 1, high + 1]
  }
  return text + characters(bytes[63] ?? 0, 2)
}

function characters(value: number, count: number): string {
  return Array.from({ length: count }, (_, i) => ALPHABET.charAt((value >>> (6 * i)) & 63)).join('')
}
