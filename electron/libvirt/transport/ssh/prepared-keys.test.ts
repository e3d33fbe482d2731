import { KeyObject } from 'node:crypto'
import ssh2 from 'ssh2'
import { expect, test } from 'vitest'
import { prepareKeys } from './prepared-keys.ts'

function clientWith(protocol: unknown) {
  return Object.assign(new ssh2.Client(), { _protocol: protocol })
}

test('the raw keys of both directions become key objects of the same bytes', () => {
  const sent = Buffer.alloc(16, 1)
  const received = Buffer.alloc(32, 2)
  const outbound = { _encKey: sent }
  const inbound = { _decipherKey: received }
  prepareKeys(clientWith({ _cipher: outbound, _decipher: inbound }))
  const keys: unknown[] = [...Object.values(outbound), ...Object.values(inbound)]
  expect(keys.map((key) => key instanceof KeyObject && key.export())).toEqual([sent, received])
})

test('a cipher that keeps no raw key is left alone', () => {
  const protocol = { _cipher: { _macKey: Buffer.alloc(32) }, _decipher: undefined }
  prepareKeys(clientWith(protocol))
  expect(protocol).toEqual({ _cipher: { _macKey: Buffer.alloc(32) }, _decipher: undefined })
  prepareKeys(clientWith(undefined))
})
