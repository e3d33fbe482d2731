import type { CloudResourceKind, HostId } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'

/** Clouds limit how often they are asked: an answer is good for so long. */
const FRESH_MS = 60_000

/**
 * What a place has of a kind. Images are searched for by the cloud, which has tens of thousands; of the others all are read, and the page
 * searches in them.
 */
export function useResources(hostId: HostId, kind: CloudResourceKind, search: string, enabled: boolean) {
  const asked = { hostId, kind, search: kind === 'image' ? search.trim() : '' }
  return useApiQuery('clouds.resources', asked, (api, signal) => api.clouds.resources(asked, { signal }), { staleMs: FRESH_MS, enabled })
}
