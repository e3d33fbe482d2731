import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { volumePlaceSchema } from '../../../shared/model/index.ts'
import { diskCopySchema } from '../transfer/copy-disk.ts'
import { isData } from './carried.ts'
import type { Looked } from './preflight.ts'

const fileSchema = z.object({ folder: z.string(), file: z.string() })

/** Settings of a UEFI, by folder and file; null: none that come along. */
export const carriedNvramSchema = z.object({ from: fileSchema, to: fileSchema }).nullable().default(null)

/** What this console carries of a machine that is off. */
export const carriageSchema = z.object({
  /** Disks that stand on another image: made whole first, beside themselves, and taken away again in the end. */
  whole: z.array(z.object({ from: volumePlaceSchema, sourceFormat: z.string(), place: volumePlaceSchema, bytes: z.number() })),
  copies: z.array(diskCopySchema),
  nvram: carriedNvramSchema,
  /** Of the disks' own files, as they were planned to be copied; null: their host does not tell. */
  versions: z.array(z.object({ place: volumePlaceSchema, version: z.string().nullable() })),
})
export type Carriage = z.infer<typeof carriageSchema>

/** Of a disk that is made whole. */
export const WHOLE_FORMAT = 'qcow2'

/** What this console carries of a machine that is off, and where to. Null: nothing, the hypervisor copies what is copied. */
export function carriageOf({ preflight, sides, out, into, carried }: Looked): Carriage | null {
  if (!carried) return null
  const { machine, source, target } = sides
  const carriage: Carriage = { whole: [], copies: [], nvram: carried.opensFolders ? nvramOf(out, into) : null, versions: [] }
  for (const { target: dev, how, pool, volume } of preflight.spec.disks) {
    const disk = out.disks.find((each) => each.target === dev)
    if (how !== 'copy' || !disk || !isData(disk) || disk.pool === null || disk.volume === null) continue
    const own = { pool: disk.pool, volume: disk.volume }
    const isWhole = disk.backing.length === 0
    const from = isWhole ? own : { pool: disk.pool, volume: `${machine.name}-${dev}-${randomBytes(3).toString('hex')}.${WHOLE_FORMAT}` }
    const bytes = disk.allocationBytes ?? disk.capacityBytes ?? 0
    if (!isWhole) carriage.whole.push({ from: own, sourceFormat: disk.format ?? WHOLE_FORMAT, place: from, bytes })
    carriage.copies.push({
      target: dev,
      machineId: machine.id,
      from: { connectionId: machine.connectionId, hostRef: source.nativeRef, place: from },
      to: {
        connectionId: target.connectionId,
        hostRef: target.nativeRef,
        place: { pool: pool ?? disk.pool, volume: volume ?? disk.volume },
      },
      allocationBytes: bytes,
    })
    carriage.versions.push({ place: own, version: carried.versions.get(dev) ?? null })
  }
  return carriage.copies.length > 0 || carriage.nvram ? carriage : null
}

/** Into the folder of the same name; a file that is there already is another machine's, or left from an earlier move, and stays. */
export function nvramOf({ firmware }: Looked['out'], into: Looked['into']): Carriage['nvram'] {
  const path = firmware?.nvram
  const there = path ? into.paths.get(path) : undefined
  if (!path?.startsWith('/') || firmware?.hasNvram === false || there?.isShared === true) return null
  const at = path.lastIndexOf('/')
  const from = { folder: path.slice(0, at), file: path.slice(at + 1) }
  return { from, to: there?.exists ? { ...from, file: anotherFile(from.file) } : from }
}

/** `web_VARS.fd` → `web_VARS-3fa29c.fd`. */
export function anotherFile(file: string): string {
  const [, stem = file, ending = ''] = /^(.+?)(?:-[0-9a-f]{6})?(\.[^.]+)?$/.exec(file) ?? []
  return `${stem}-${randomBytes(3).toString('hex')}${ending}`
}

export function pathOf({ folder, file }: { readonly folder: string; readonly file: string }): string {
  return `${folder}/${file}`
}
