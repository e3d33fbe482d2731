import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { volumePlaceSchema } from '../../../shared/model/index.ts'
import { diskCopySchema } from '../transfer/copy-disk.ts'
import { isData } from './carried.ts'
import type { Looked } from './preflight.ts'

/** What this console carries of a machine that is off. */
export const carriageSchema = z.object({
  /** Disks that stand on another image: made whole first, beside themselves, and taken away again in the end. */
  whole: z.array(z.object({ from: volumePlaceSchema, sourceFormat: z.string(), place: volumePlaceSchema, bytes: z.number() })),
  copies: z.array(diskCopySchema),
  /** Of the disks' own files, as they were planned to be copied; null: their host does not tell. */
  versions: z.array(z.object({ place: volumePlaceSchema, version: z.string().nullable() })),
})
export type Carriage = z.infer<typeof carriageSchema>

/** Of a disk that is made whole. */
export const WHOLE_FORMAT = 'qcow2'

/** What this console carries of a machine that is off, and where to. Null: nothing, the hypervisor copies what is copied. */
export function carriageOf({ preflight, sides, out, carried }: Looked): Carriage | null {
  if (!carried) return null
  const { machine, source, target } = sides
  const carriage: Carriage = { whole: [], copies: [], versions: [] }
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
  return carriage.copies.length > 0 ? carriage : null
}
