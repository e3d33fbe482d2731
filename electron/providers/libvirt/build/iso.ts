import type { StorageVolRef } from '../../../libvirt/index.ts'
import { isLibvirtError } from '../../../libvirt/index.ts'
import type { BuildContext } from './build-context.ts'

/** Sector 16, where volume descriptors begin [ECMA-119 6.2.1], and the five letters after its first byte. */
const DESCRIPTOR_OFFSET = 32_768
const SECTOR_BYTES = 2_048
/** ISO 9660, and the beginning of a UDF's own descriptors [ECMA-167 2/9.1.2]. */
const IDENTIFIERS: ReadonlySet<string> = new Set(['CD001', 'BEA01'])

/** Whether a volume is an image of a CD, by the few bytes that say so. */
export async function isIso({ host, work }: Pick<BuildContext, 'host' | 'work'>, vol: StorageVolRef): Promise<boolean> {
  const bounds = { signal: work.signal }
  const args = { vol, offset: BigInt(DESCRIPTOR_OFFSET), length: BigInt(SECTOR_BYTES), flags: 0 }
  try {
    // So few bytes need no connection of their own.
    const { stream } = await host.openStream('storageVolDownload', args, { ...bounds, dedicated: false })
    const parts: Uint8Array[] = []
    for await (const part of stream.bytes()) parts.push(part)
    await stream.finish(bounds)
    return IDENTIFIERS.has(Buffer.concat(parts).toString('latin1', 1, 6))
  } catch (error) {
    // A file that ends before has nothing to read there.
    if (isLibvirtError(error) && error.number !== undefined) return false
    throw error
  }
}
