/** So much of a disk's beginning says how it starts: with sectors of 512 bytes, the protective MBR, the header and 128 entries. */
export const BOOT_BYTES = 34 * 512

const SECTOR = 512
const SIGNATURE = 'EFI PART'
/** As they lie on the disk: the first three groups little-endian [UEFI 2.10, appendix A]. */
const EFI_SYSTEM = '28732ac11ff8d211ba4b00a0c93ec93b'
/** GRUB's place for BIOS in a disk with GPT: "Hah!IdontNeedEFI". */
const BIOS_BOOT = '4861682149646f6e744e656564454649'

/**
 * What starts a disk, by its partitions [UEFI 2.10, 5.3]: with a GPT that has an EFI system partition, and no place for a BIOS loader, only UEFI
 * does. One that has both starts by either; BIOS is what every host has.
 */
export function firmwareOf(start: Buffer): 'bios' | 'uefi' {
  if (start.length < 2 * SECTOR || start.toString('latin1', SECTOR, SECTOR + SIGNATURE.length) !== SIGNATURE) return 'bios'
  const first = Number(start.readBigUInt64LE(SECTOR + 72)) * SECTOR
  const count = start.readUInt32LE(SECTOR + 80)
  const size = start.readUInt32LE(SECTOR + 84)
  if (size < 128) return 'bios'
  const types = new Set<string>()
  for (let index = 0, at = first; index < count && at + 16 <= start.length; index += 1, at += size)
    types.add(start.toString('hex', at, at + 16))
  return types.has(EFI_SYSTEM) && !types.has(BIOS_BOOT) ? 'uefi' : 'bios'
}
