import type { AppError } from '../../../../shared/errors/index.ts'
import type { CloudResource, HostId, MachineType } from '../../../../shared/model/index.ts'
import { useApiQuery } from '../../../lib/api/index.ts'
import { useIndexVersion, useLive } from '../../../lib/live/index.ts'
import { useResources } from '../../cloud-resources/index.ts'

/** Types come and go with years. */
const TYPES_FRESH_MS = 600_000

export interface PlaceKnowledge {
  readonly types: readonly MachineType[]
  readonly typeOf: (name: string) => MachineType | undefined
  readonly images: readonly CloudResource[]
  readonly subnets: readonly CloudResource[]
  readonly groups: readonly CloudResource[]
  readonly keys: readonly CloudResource[]
  /** Of machines that are there. */
  readonly names: ReadonlySet<string>
  /** Of machines and subnets that are there. */
  readonly usedZones: readonly string[]
  /** All that the place has; empty: it does not tell. */
  readonly zones: readonly CloudResource[]
  readonly reading: Readonly<Record<'types' | 'images' | 'zones', boolean>>
  readonly failed: Readonly<Record<'types' | 'images' | 'subnets' | 'groups' | 'keys', AppError | null>>
}

const NONE: readonly never[] = []

/** What can be chosen in a place, as far as it has been read. What cannot be read says why, and the rest of the form works on. */
export function usePlaceKnowledge(hostId: HostId, imageSearch: string, live: boolean): PlaceKnowledge {
  const { index, store } = useLive()
  const types = useApiQuery('clouds.types', { hostId }, (api, signal) => api.clouds.types({ hostId }, { signal }), {
    staleMs: TYPES_FRESH_MS,
    enabled: live,
  })
  const images = useResources(hostId, 'image', imageSearch, live)
  const subnets = useResources(hostId, 'subnet', '', live)
  const groups = useResources(hostId, 'firewall', '', live)
  const keys = useResources(hostId, 'key', '', live)
  const zones = useResources(hostId, 'zone', '', live)
  useIndexVersion()
  const machines = [...index.members(`host/${hostId}`)].flatMap((id) => store.get('machine', id) ?? [])
  return {
    types: types.data ?? NONE,
    typeOf: (name) => types.data?.find((one) => one.name === name),
    images: images.data ?? NONE,
    subnets: subnets.data ?? NONE,
    groups: groups.data ?? NONE,
    keys: keys.data ?? NONE,
    names: new Set(machines.map(({ name }) => name)),
    usedZones: [
      ...new Set([...machines.flatMap(({ cloud }) => cloud?.zone ?? []), ...(subnets.data ?? NONE).flatMap(({ zone }) => zone ?? [])]),
    ].toSorted(),
    zones: zones.data ?? NONE,
    reading: { types: types.isFetching, images: images.isFetching, zones: zones.isLoading },
    failed: { types: types.error, images: images.error, subnets: subnets.error, groups: groups.error, keys: keys.error },
  }
}
