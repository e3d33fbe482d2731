import { create } from 'zustand'
import type { PoolId, TaskId, VolumeRow } from '../../../../shared/model/index.ts'

export interface VolumeQuestion {
  readonly kind: 'create' | 'resize' | 'copy' | 'convert' | 'wipe' | 'delete'
  readonly poolId: PoolId
  readonly rows: readonly VolumeRow[]
  readonly overlay?: string | undefined
  /** Names that are taken, as far as they are known. */
  readonly taken?: ReadonlySet<string>
  /** Once it has begun. */
  readonly onBegun?: (taskId: TaskId) => void
  /** Paths that others are built on, and who. */
  readonly bases?: ReadonlyMap<string, string>
}

export const useVolumeRequest = create<{ readonly question: VolumeQuestion | null }>(() => ({ question: null }))

export function askVolume(question: VolumeQuestion): void {
  useVolumeRequest.setState({ question })
}

export function closeVolume(): void {
  useVolumeRequest.setState({ question: null })
}
