import type { BuildOptions, HardwareEdit, MachineId, PoolId } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { useDebounced } from '../../lib/time/use-debounced.ts'

/** What another console changes is seen this much later at most. */
const VIEW_EVERY_MS = 10_000
const OPTIONS_FRESH_MS = 15_000
const TYPING_MS = 250

export function useHardwareView(machineId: MachineId, enabled: boolean) {
  return useApiQuery('hardware.view', { machineId }, (api, signal) => api.hardware.view({ machineId }, { signal }), {
    enabled,
    staleMs: 2_000,
    refreshMs: VIEW_EVERY_MS,
  })
}

export function useHardwareOptions(machineId: MachineId, enabled: boolean) {
  return useApiQuery('hardware.options', { machineId }, (api, signal) => api.hardware.options({ machineId }, { signal }), {
    enabled,
    staleMs: OPTIONS_FRESH_MS,
  })
}

/** Pools, networks and bridges of the host: those that new machines are built with. */
export function useHostParts(hostId: BuildOptions['hostId'], enabled: boolean) {
  return useApiQuery('build.options', { hostId }, (api, signal) => api.build.options({ hostId }, { signal }), {
    enabled,
    staleMs: OPTIONS_FRESH_MS,
  })
}

export function useVolumes(poolId: PoolId | null) {
  return useApiQuery('volumes.list', { poolId }, (api, signal) => api.volumes.list({ poolId: poolId as PoolId }, { signal }), {
    enabled: poolId !== null,
    staleMs: OPTIONS_FRESH_MS,
  })
}

export interface Asked {
  readonly machineId: MachineId
  /** Of what it was judged against: with another one it is asked again. */
  readonly revision: string
}

/** What an edit would do, once it has rested; null: there is none. */
export function usePreview({ machineId, revision }: Asked, wanted: HardwareEdit | null) {
  const text = JSON.stringify(wanted)
  const rested = useDebounced(text, TYPING_MS)
  const edit = JSON.parse(rested) as HardwareEdit | null
  const query = useApiQuery(
    'hardware.preview',
    { machineId, edit, revision },
    (api, signal) => api.hardware.preview({ machineId, edit: edit as HardwareEdit }, { signal }),
    { enabled: edit !== null, staleMs: OPTIONS_FRESH_MS },
  )
  return { ...query, isCurrent: rested === text && edit !== null && query.data !== undefined }
}

export function useHistory(machineId: MachineId) {
  return useApiQuery('hardware.history', { machineId }, (api, signal) => api.hardware.history({ machineId }, { signal }), { staleMs: 0 })
}

export function useVersion(machineId: MachineId, versionId: string | null) {
  return useApiQuery(
    'hardware.version',
    { machineId, versionId },
    (api, signal) => api.hardware.version({ machineId, versionId: versionId ?? '' }, { signal }),
    { enabled: versionId !== null, staleMs: OPTIONS_FRESH_MS },
  )
}
