import { createCipheriv, timingSafeEqual } from 'node:crypto'

export const CHALLENGE_BYTES = 16

/**
 * Whether this is the answer to the challenge (RFC 6143, 7.2.2): DES with the password as its key, the bits of each byte turned round.
 * Three times the same key is one DES, which OpenSSL 3 no longer has by itself.
 */
export function isProof(answer: Uint8Array, challenge: Uint8Array, password: string): boolean {
  const key = Buffer.alloc(8)
  Buffer.from(password, 'latin1').copy(key, 0, 0, 8)
  const turned = key.map((byte) => Number.parseInt(byte.toString(2).padStart(8, '0').split('').toReversed().join(''), 2))
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([turned, turned, turned]), null)
  cipher.setAutoPadding(false)
  return timingSafeEqual(Buffer.concat([cipher.update(challenge), cipher.final()]), answer)
}
