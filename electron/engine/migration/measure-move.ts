import { toAppError } from '../../../shared/errors/index.ts'
import type { MigrationMeasure, Reason } from '../../../shared/model/index.ts'
import { type Clock, reachedAt, type VolumeKeeper } from '../../providers/provider.ts'
import { isBusyState } from '../build/disk-step.ts'
import { openRange } from '../transfer/volume-ranges.ts'
import { isData } from './carried.ts'
import type { Sides } from './sides.ts'

/** Two lengths: what is written once more within the longer one is not dirtied twice. */
const DIRTY_S = [1, 3] as const
const TIMEOUT_MS = 60_000

/** So long a disk is read, and no further than this. */
const READ_MS = 1_000
const READ_BYTES = 1_073_741_824

/**
 * How fast the guest writes, and how fast bytes get from host to host; of a machine that is off and whose disks this console would carry
 * (`keeper`), how fast it reads them. What cannot be measured is said, and is no failure.
 */
export async function measureMove(
  { machine, source, target, from, to }: Sides,
  clock: Clock,
  keeper: VolumeKeeper | null,
  signal: AbortSignal,
): Promise<MigrationMeasure> {
  const call = { signal, timeoutMs: TIMEOUT_MS }
  const notes: Reason[] = []
  const note = (thrown: unknown) => {
    signal.throwIfAborted()
    const { code, message } = toAppError(thrown)
    notes.push({ code, text: message })
    return null
  }
  if (keeper && !isBusyState(machine.state) && !from.copiesWhenOff) {
    const bandwidthBytesPerS = await reading(keeper).catch(note)
    return { dirtyBytesPerS: null, bandwidthBytesPerS, through: 'console', notes, measuredAtMs: clock.nowMs() }
  }
  // one after the other: the flood of bytes would slow the guest down
  const dirtied = machine.state === 'running' ? await writes().catch(note) : null
  const bandwidthBytesPerS = await bandwidth().catch(note)
  const dirtyBytesPerS = dirtied?.length ? Math.max(...dirtied.map(({ seconds, bytes }) => bytes / seconds)) : null
  return { dirtyBytesPerS, bandwidthBytesPerS, ...(dirtied?.length && { dirtied }), notes, measuredAtMs: clock.nowMs() }

  async function writes(): Promise<NonNullable<MigrationMeasure['dirtied']>> {
    const points: Array<{ seconds: number; bytes: number }> = []
    for (const seconds of DIRTY_S) {
      const bytesPerS = await from.dirtyRate(machine.nativeRef, seconds, call)
      if (bytesPerS !== null) points.push({ seconds, bytes: bytesPerS * seconds })
    }
    return points
  }

  /** Holes are told and not sent: they say nothing of the way. */
  async function reading(volumes: VolumeKeeper): Promise<number | null> {
    const { disks } = await from.outgoing(machine.nativeRef, call)
    const disk = disks.find((each) => isData(each) && each.pool !== null && each.volume !== null)
    if (!disk?.pool || !disk.volume) return null
    const range = await openRange(volumes, source.nativeRef, { pool: disk.pool, volume: disk.volume }, 0, READ_BYTES, call)
    const sinceMs = clock.nowMs()
    let bytes = 0
    try {
      while (clock.nowMs() - sinceMs < READ_MS) {
        signal.throwIfAborted()
        const piece = await range.read()
        if (piece === null) break
        if (piece instanceof Uint8Array) bytes += piece.length
      }
    } finally {
      range.close()
    }
    const ms = clock.nowMs() - sinceMs
    return bytes === 0 || ms === 0 ? null : Math.round((bytes / ms) * 1_000)
  }

  async function bandwidth(): Promise<number | null> {
    const [there, here] = await Promise.all([to.ends(target.nativeRef, call), from.ends(source.nativeRef, call)])
    if (there.addresses.length === 0) return null
    const listening = await to.listen(target.nativeRef, call)
    try {
      return await from.send(source.nativeRef, reachedAt(there, here), listening.port, call)
    } finally {
      await listening.close()
    }
  }
}
