import type { BuildOptions, Machine, PoolId } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'

/** Free space and what machines there are changes: older than this is asked for again when the form is opened. */
const OPTIONS_FRESH_MS = 15_000

export function useCatalogue() {
  return useApiQuery('build.catalogue', {}, (api, signal) => api.build.catalogue({}, { signal }))
}

export function useBuildOptions(hostId: string | null) {
  return useApiQuery(
    'build.options',
    { hostId },
    (api, signal) => api.build.options({ hostId: hostId as BuildOptions['hostId'] }, { signal }),
    { enabled: hostId !== null, staleMs: OPTIONS_FRESH_MS },
  )
}

export function useCloneSource(machineId: Machine['id']) {
  return useApiQuery('build.cloneSource', { machineId }, (api, signal) => api.build.cloneSource({ machineId }, { signal }), {
    staleMs: OPTIONS_FRESH_MS,
  })
}

export function useVolumes(poolId: PoolId | null) {
  return useApiQuery('volumes.list', { poolId }, (api, signal) => api.volumes.list({ poolId: poolId as PoolId }, { signal }), {
    enabled: poolId !== null,
    staleMs: OPTIONS_FRESH_MS,
  })
}

export function useVolumeAbilities(hostId: BuildOptions['hostId']) {
  return useApiQuery('volumes.abilities', { hostId }, (api, signal) => api.volumes.abilities({ hostId }, { signal }))
}

export function useOvaContents(poolId: PoolId | null, name: string) {
  return useApiQuery('ova.inspect', { poolId, name }, (api, signal) => api.ova.inspect({ poolId: poolId as PoolId, name }, { signal }), {
    enabled: poolId !== null && name !== '',
    staleMs: OPTIONS_FRESH_MS,
  })
}
