import { expect, test } from 'vitest'
import { parseXml } from '../../xml/index.ts'
import { tpmFate } from './deletion.ts'

test.each([
  ['', true, null],
  ["<tpm model='tpm-tis'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>", true, null],
  ["<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>", true, 'chosen'],
  ["<tpm model='tpm-crb'><backend type='emulator' version='2.0' persistent_state='yes'/></tpm>", true, 'chosen'],
  ["<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>", false, 'goes'],
  ["<tpm model='tpm-crb'><backend type='emulator' version='2.0' persistent_state='no'/></tpm>", false, 'goes'],
  ["<tpm model='tpm-crb'><backend type='emulator' version='2.0' persistent_state='yes'/></tpm>", false, 'stays'],
] as const)('the state of a TPM %s, where its libvirt gives a choice: %s', (tpm, mayChoose, fate) => {
  expect(tpmFate(parseXml(`<domain><devices>${tpm}</devices></domain>`), mayChoose)).toBe(fate)
})
