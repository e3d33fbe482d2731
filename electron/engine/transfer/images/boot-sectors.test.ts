import { expect, test } from 'vitest'
import { BOOT_BYTES, firmwareOf } from './boot-sectors.ts'

const ESP = '28732ac11ff8d211ba4b00a0c93ec93b'
const BIOS_BOOT = '4861682149646f6e744e656564454649'
const LINUX = 'af3dc60f838472478e793d69d8477de4'

function gpt(types: readonly string[], entryBytes = 128): Buffer {
  const disk = Buffer.alloc(BOOT_BYTES)
  disk.write('EFI PART', 512, 'latin1')
  disk.writeBigUInt64LE(2n, 512 + 72)
  disk.writeUInt32LE(128, 512 + 80)
  disk.writeUInt32LE(entryBytes, 512 + 84)
  for (const [index, type] of types.entries()) disk.write(type, 1_024 + index * entryBytes, 'hex')
  return disk
}

test.each([
  ['an EFI system partition alone', gpt([LINUX, ESP]), 'uefi'],
  ['with larger entries', gpt([LINUX, ESP], 256), 'uefi'],
  ['both, as cloud images have them', gpt([BIOS_BOOT, ESP, LINUX]), 'bios'],
  ['GPT for BIOS', gpt([BIOS_BOOT, LINUX]), 'bios'],
  ['an MBR', Buffer.alloc(BOOT_BYTES), 'bios'],
  ['entries of no size', gpt([ESP], 0), 'bios'],
  ['a header cut off', gpt([ESP]).subarray(0, 600), 'bios'],
  ['nothing', Buffer.alloc(0), 'bios'],
] as const)('%s', (_name, disk, firmware) => {
  expect(firmwareOf(disk)).toBe(firmware)
})
