import { z } from 'zod'
import type { ConversionSource } from '../../provider.ts'
import type { HostShell } from '../host-shell.ts'
import { parsedJson } from '../json-text.ts'
import { imageNamesOthers, notAnImage } from './volume-problems.ts'

/** Formats whose reading opens nothing but the file itself, once `refuseOthers` has looked at it. */
export const READABLE_FORMATS: readonly string[] = ['raw', 'qcow2', 'qcow', 'vmdk', 'vdi', 'vhdx', 'vpc']

/** Of `qemu-img info --output=json`, what matters here. */
const infoSchema = z.object({
  format: z.string(),
  'virtual-size': z.number(),
  'actual-size': z.number().optional(),
  'backing-filename': z.string().optional(),
  'backing-filename-format': z.string().optional(),
  encrypted: z.boolean().optional(),
  'format-specific': z
    .object({
      data: z
        .object({
          'data-file': z.string().optional(),
          'create-type': z.string().optional(),
          extents: z.array(z.object({ filename: z.string() })).optional(),
        })
        .optional(),
    })
    .optional(),
})
export type ImageInfo = z.infer<typeof infoSchema>

export interface ImageFile {
  readonly path: string
  readonly range: ConversionSource['range']
}

/** How qemu-img is told of it: as plain data, in which no part of a name means anything. */
export function imageArgument({ path, range }: ImageFile, format: string): string {
  const file = { driver: 'file', filename: path }
  const part = range ? { driver: 'raw', offset: range.offset, size: range.length, file } : file
  return `json:${JSON.stringify({ driver: format, file: part })}`
}

/**
 * What the image says of itself. An image from elsewhere may name other files of the host, which a conversion would copy into the new volume:
 * such a one is refused, unless it is known to be the host's own. Throws `invalid-input` volume.not-an-image, volume.image-names-others.
 */
export async function inspectImage(shell: HostShell, image: ImageFile, source: ConversionSource, signal: AbortSignal): Promise<ImageInfo> {
  const { path } = image
  if (source.sourceFormat !== null && !READABLE_FORMATS.includes(source.sourceFormat))
    throw notAnImage(path, `Unknown driver '${source.sourceFormat}'`)
  if (image.range && source.sourceFormat === null) throw notAnImage(path, 'the format of a part of a file has to be named')
  const named = source.sourceFormat === null ? path : imageArgument(image, source.sourceFormat)
  const { code, stdout, stderr } = await shell.run(['qemu-img', 'info', '--output=json', '-U', '--', named], { signal })
  if (code !== 0) throw notAnImage(path, stderr.trim())
  const info = infoSchema.safeParse(parsedJson(stdout))
  if (!info.success) throw notAnImage(path, 'qemu-img told nothing of it')
  refuseForeign(image, info.data, source.sourceFormat)
  if (source.isOwnDisk !== true) refuseOthers(image, info.data)
  return info.data
}

function refuseForeign({ path }: ImageFile, { format, encrypted }: ImageInfo, named: string | null): void {
  if (!READABLE_FORMATS.includes(format)) throw notAnImage(path, `it is of the format ${format}`)
  if (encrypted === true) throw notAnImage(path, 'it is encrypted')
  // What is nothing else is raw to qemu-img, be it a text.
  const claimed = /\.(qcow2|vmdk|vdi|vhdx|vhd)$/i.exec(path)?.[1]
  if (named === null && format === 'raw' && claimed !== undefined) throw notAnImage(path, `it is no ${claimed.toLowerCase()}`)
}

/** VMDKs of one file. The others are a text that names the files which hold the data. */
const ONE_FILE: ReadonlySet<string> = new Set(['monolithicSparse', 'streamOptimized'])

function refuseOthers({ path }: ImageFile, info: ImageInfo): void {
  const { data } = info['format-specific'] ?? {}
  const other = info['backing-filename'] ?? data?.['data-file']
  if (other !== undefined) throw imageNamesOthers(path, other)
  if (info.format !== 'vmdk') return
  if (!ONE_FILE.has(data?.['create-type'] ?? '')) throw imageNamesOthers(path, data?.extents?.[0]?.filename ?? data?.['create-type'] ?? '')
}
