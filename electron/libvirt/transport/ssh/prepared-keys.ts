import { createSecretKey } from 'node:crypto'
import type { Client } from 'ssh2'

/**
 * The SSH library (1.17) makes an AES-GCM cipher anew for every packet, and Node takes longer to make one of raw bytes than of a key object:
 * up to a third of an upload's processor time. So its keys are made objects after each key exchange, in the library's own private fields:
 * where it has none of these names, or another cipher was agreed on, everything stays as it is.
 */
export function prepareKeys(client: Client): void {
  const protocol: unknown = Reflect.get(client, '_protocol')
  prepare(protocol, '_cipher', '_encKey')
  prepare(protocol, '_decipher', '_decipherKey')
}

function prepare(protocol: unknown, part: string, field: string): void {
  if (typeof protocol !== 'object' || protocol === null) return
  const cipher: unknown = Reflect.get(protocol, part)
  if (typeof cipher !== 'object' || cipher === null) return
  const key: unknown = Reflect.get(cipher, field)
  if (Buffer.isBuffer(key)) Reflect.set(cipher, field, createSecretKey(key))
}
