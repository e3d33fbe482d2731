import { hardwareReason, type Reason } from '../../../../shared/model/index.ts'
import type { FrozenFile } from './frozen-files.ts'
import type { HostSight } from './situation.ts'

export function invalidXml(error: unknown): Reason {
  return hardwareReason('hardware.xml-invalid', { problem: error instanceof Error ? error.message : String(error) })
}

/** What a person's XML, or a version that is taken back, would take from another machine, from a snapshot or from an image. */
export function takenFrom({ taken, frozen }: Pick<HostSight, 'taken' | 'frozen'>): Reason | null {
  if (frozen) return frozenFile(frozen)
  return taken && hardwareReason('hardware.volume-in-use', { machines: taken.machines.join(', '), volume: taken.volume })
}

export function frozenFile({ volume, by }: FrozenFile): Reason {
  return hardwareReason('hardware.volume-frozen', { volume, by: by.join(', ') })
}
