import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { OutgoingDisk, VolumeKeeper } from '../../../providers/provider.ts'

const READ_TIMEOUT_MS = 60_000

/** A disk of the machine that goes along. */
export interface GoingDisk {
  readonly target: string
  /** Null: it lies in no pool, and cannot be read. */
  readonly place: VolumePlace | null
  readonly path: string | null
  /** As the definition says: what a guest wrote into its disk never decides how it is read. */
  readonly format: string
  /** Its bytes are the guest's: it needs not be converted. */
  readonly isPlain: boolean
  readonly capacityBytes: number
  readonly allocationBytes: number
}

/** The first is the one it boots from. What others use as well stays where it is. */
export async function goingDisks(
  all: readonly OutgoingDisk[],
  keeper: VolumeKeeper,
  hostRef: string,
  signal: AbortSignal,
): Promise<{ readonly disks: readonly GoingDisk[]; readonly leftOut: readonly string[] }> {
  const own = all.filter(({ device, path }) => (device === 'disk' || device === 'lun') && path !== null)
  const leftOut = own.filter(({ isShareable, isReadOnly }) => isShareable || isReadOnly).map(({ target }) => target)
  const going = own.filter(({ target }) => !leftOut.includes(target))
  const disks = await Promise.all(
    going.map(async ({ target, path, pool, volume: name, format, backing, ...sizes }): Promise<GoingDisk> => {
      const place = pool !== null && name !== null ? { pool, volume: name } : null
      const volume = place && (await keeper.find(hostRef, place, { signal, timeoutMs: READ_TIMEOUT_MS }))
      // without a word of it the hypervisor reads it so; what it looks like is the guest's to choose
      const readAs = format ?? 'raw'
      return {
        target,
        place: volume && place,
        path,
        format: readAs,
        isPlain: readAs === 'raw' && backing.length === 0,
        capacityBytes: volume?.capacityBytes ?? sizes.capacityBytes ?? 0,
        allocationBytes: volume?.allocationBytes ?? sizes.allocationBytes ?? 0,
      }
    }),
  )
  return { disks, leftOut }
}
