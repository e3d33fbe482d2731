import { toAppError } from '../../../shared/errors/index.ts'
import type { MigrationMeasure, Reason } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import type { Sides } from './sides.ts'

/** Two lengths: what is written once more within the longer one is not dirtied twice. */
const DIRTY_S = [1, 3] as const
const TIMEOUT_MS = 60_000

/** How fast the guest writes, and how fast bytes get from host to host. What cannot be measured is said, and is no failure. */
export async function measureMove(
  { machine, source, target, from, to }: Sides,
  clock: Clock,
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

  async function bandwidth(): Promise<number | null> {
    const [address] = (await to.ends(target.nativeRef, call)).addresses
    if (address === undefined) return null
    const listening = await to.listen(target.nativeRef, call)
    try {
      return await from.send(source.nativeRef, address, listening.port, call)
    } finally {
      await listening.close()
    }
  }
}
