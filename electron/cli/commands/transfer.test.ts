import { expect, test } from 'vitest'
import { diskOf } from './transfer.ts'

test.each([
  ['vda=vmstore', { target: 'vda', how: 'copy', pool: 'vmstore', volume: null }],
  ['sdb=vm store/web 2.qcow2', { target: 'sdb', how: 'copy', pool: 'vm store', volume: 'web 2.qcow2' }],
])('%s', (text, disk) => expect(diskOf(text)).toEqual(disk))

test.each(['vda', '=pool', 'vda=', 'pool/volume'])('“%s” is no disk and pool', (text) => {
  expect(() => diskOf(text)).toThrow(expect.objectContaining({ kind: 'invalid-input', code: 'cli.bad-disk' }))
})
