import { randomBytes } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { argon2idAsync } from '@noble/hashes/argon2.js'
import { z } from 'zod'

/**
 * Cost of turning the passphrase into a key: 64 MiB in three passes, the memory-constrained recommendation of RFC 9106 with one
 * lane (this runs in one thread). About 1.5 s, paid once at unlocking.
 */
export const STRONG: KdfCost = { passes: 3, memoryKiB: 65_536 }

export interface KdfCost {
  readonly passes: number
  readonly memoryKiB: number
}

/** A file made elsewhere must not make us take all memory, nor pretend that a cheap key is fine. */
export const kdfSchema = z.object({
  name: z.literal('argon2id'),
  passes: z.number().int().min(1).max(20),
  memoryKiB: z.number().int().min(8).max(1_048_576),
  salt: z.base64(),
})
export type Kdf = z.infer<typeof kdfSchema>

export const boxSchema = z.object({ nonce: z.base64(), box: z.base64() })
export type Box = z.infer<typeof boxSchema>

const NONCE_BYTES = 24
const KEY_BYTES = 32
const SALT_BYTES = 16

export function newKdf(cost: KdfCost): Kdf {
  return { name: 'argon2id', passes: cost.passes, memoryKiB: cost.memoryKiB, salt: randomBytes(SALT_BYTES).toString('base64') }
}

export function deriveKey(passphrase: string, kdf: Kdf): Promise<Uint8Array> {
  return argon2idAsync(passphrase.normalize('NFC'), Buffer.from(kdf.salt, 'base64'), {
    t: kdf.passes,
    m: kdf.memoryKiB,
    p: 1,
    dkLen: KEY_BYTES,
    asyncTick: 5,
  })
}

/** `label` is sealed along: a box cannot be passed off as another one. */
export function seal(key: Uint8Array, label: string, text: string): Box {
  const nonce = randomBytes(NONCE_BYTES)
  const box = xchacha20poly1305(key, nonce, Buffer.from(label, 'utf8')).encrypt(Buffer.from(text, 'utf8'))
  return { nonce: nonce.toString('base64'), box: Buffer.from(box).toString('base64') }
}

/** undefined: another key, another label, or not a bit as it was. */
export function unseal(key: Uint8Array, label: string, { nonce, box }: Box): string | undefined {
  try {
    const cipher = xchacha20poly1305(key, Buffer.from(nonce, 'base64'), Buffer.from(label, 'utf8'))
    return Buffer.from(cipher.decrypt(Buffer.from(box, 'base64'))).toString('utf8')
  } catch {
    return undefined
  }
}
