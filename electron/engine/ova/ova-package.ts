import { createHash } from 'node:crypto'
import type { VolumePlace } from '../../../shared/model/index.ts'
import type { CallOptions, VolumeKeeper } from '../../providers/provider.ts'
import { type Digest, parseManifest } from './manifest.ts'
import { problem } from './ova-errors.ts'
import type { OvfDisk, OvfPackage } from './ovf.ts'
import { readOvf } from './ovf-read.ts'
import { type OvaMember, readTarIndex } from './tar-index.ts'
import { VolumeReader } from './volume-reader.ts'

const MAX_DESCRIPTOR_BYTES = 4 * 2 ** 20
const MAX_MANIFEST_BYTES = 2 ** 20

/** A package that lies in a pool, as far as it says what is in it: nothing of its disks has been read. */
export interface OvaPackage {
  readonly sizeBytes: number
  readonly members: readonly OvaMember[]
  readonly ovf: OvfPackage
  /** The descriptor's own name. */
  readonly descriptor: string
  /** By file; null: there is no manifest. The descriptor's has been compared. */
  readonly digests: ReadonlyMap<string, Digest> | null
  readonly isSigned: boolean
}

/**
 * Opens an OVA that lies in a pool.
 * @throws AppError invalid-input with a code ova.…, or whatever the keeper says
 */
export async function openPackage(keeper: VolumeKeeper, hostRef: string, place: VolumePlace, options: CallOptions): Promise<OvaPackage> {
  const reader = await VolumeReader.open(keeper, hostRef, place, options)
  const members = await readTarIndex((offset, length) => reader.read(offset, length, options), reader.sizeBytes)
  const content = async (suffix: string, maxBytes: number): Promise<{ name: string; bytes: Uint8Array } | null> => {
    const member = members.find(({ name }) => name.toLowerCase().endsWith(suffix))
    if (!member) return null
    if (member.sizeBytes > maxBytes) {
      throw problem('invalid-input', 'ova.too-large', `“${member.name}” is larger than any of its kind: it is not read.`, {
        name: member.name,
      })
    }
    return { name: member.name, bytes: await reader.read(member.offset, member.sizeBytes, options) }
  }
  const descriptor = await content('.ovf', MAX_DESCRIPTOR_BYTES)
  if (!descriptor)
    throw problem('invalid-input', 'ova.no-descriptor', 'The archive holds no .ovf file, so nothing says what machine it is.')
  const manifest = await content('.mf', MAX_MANIFEST_BYTES)
  const digests = manifest && parseManifest(new TextDecoder().decode(manifest.bytes))
  const expected = digests?.get(descriptor.name)
  if (expected) compareDigest(descriptor.name, createHash(expected.algorithm).update(descriptor.bytes).digest('hex'), expected)
  return {
    sizeBytes: reader.sizeBytes,
    members,
    ovf: readOvf(descriptor.bytes),
    descriptor: descriptor.name,
    digests,
    isSigned: members.some(({ name }) => name.toLowerCase().endsWith('.cert')),
  }
}

/** @throws AppError conflict ova.checksum */
export function compareDigest(name: string, hex: string, expected: Digest): void {
  if (hex === expected.hex) return
  throw problem('conflict', 'ova.checksum', `“${name}” is not what the package’s manifest says: it was damaged or changed.`, {
    name,
    expected: expected.hex,
    actual: hex,
  })
}

/** A disk's bytes in the archive. */
export interface DiskPart {
  readonly name: string
  readonly offset: number
  readonly sizeBytes: number
  /** As qemu calls it; null: none that is read here. */
  readonly format: string | null
}

/** Null: the package has an empty disk there. Undefined: a file is named that is not in it. */
export function partOf({ ovf, members }: OvaPackage, disk: OvfDisk): DiskPart | null | undefined {
  if (disk.fileId === null) return null
  const file = ovf.files.find(({ id }) => id === disk.fileId)
  const member = members.find(({ name }) => name === file?.href)
  return member && { ...member, format: formatOf(disk.format, member.name) }
}

/** By the format's URI, or, where it says nothing, by the file's name. */
function formatOf(uri: string | null, name: string): string | null {
  for (const text of [uri ?? '', name]) {
    if (/vmdk/i.test(text)) return 'vmdk'
    if (/qcow2?/i.test(text)) return 'qcow2'
    if (/vhdx/i.test(text)) return 'vhdx'
    if (/vhd/i.test(text)) return 'vpc'
    if (/vdi/i.test(text)) return 'vdi'
    if (/\.(raw|img)$|#raw|specifications\/raw/i.test(text)) return 'raw'
  }
  return null
}
