import type { Machine } from '../../../shared/model/index.ts'
import type { KnownValue, ValuesOf } from '../../../shared/query/index.ts'
import type { Live } from '../../lib/live/index.ts'

/** Values that occur in the workspace now, with their counts, for the completion list. */
export function valuesIn(live: Live, workspaceId: string): ValuesOf {
  const { store, index } = live
  const connections = () => [...store.tables.connection.values()].filter((one) => one.workspaceId === workspaceId)
  const inside = (connectionId: string) => store.get('connection', connectionId)?.workspaceId === workspaceId
  return (field) => {
    switch (field) {
      case 'tag':
        return byCount([...index.tags(workspaceId)].map((value) => ({ value, count: index.count(`tag/${workspaceId}/${value}`) })))
      case 'host':
        return byCount(
          [...store.tables.host.values()]
            .filter((host) => inside(host.connectionId))
            .map((host) => ({ value: host.name, count: index.count(`host/${host.id}`) })),
        )
      case 'connection':
        return byCount(connections().map((one) => ({ value: one.name, count: index.count(`connection/${one.id}`) })))
      case 'network':
        return byCount(
          [...store.tables.network.values()]
            .filter((network) => inside(network.connectionId))
            .map((network) => ({ value: network.name, count: index.count(`network/${network.id}`) })),
        )
      case 'state':
        return byCount(
          ['running', 'stopped', 'paused', 'suspended', 'saved', 'starting', 'stopping', 'migrating', 'crashed', 'unknown'].map(
            (value) => ({
              value,
              count: index.count(`state/${workspaceId}/${value}`),
            }),
          ),
        )
      case 'os':
        return ofMachines(live, workspaceId, (machine) => machine.os)
      case 'type':
        return ofMachines(live, workspaceId, (machine) => machine.cloud?.type)
      case 'region':
        return ofMachines(live, workspaceId, (machine) => machine.cloud?.region)
      case 'zone':
        return ofMachines(live, workspaceId, (machine) => machine.cloud?.zone)
      case 'image':
        return ofMachines(live, workspaceId, (machine) => machine.cloud?.image?.name ?? machine.cloud?.image?.id)
      default:
        return []
    }
  }
}

type Value = string | null | undefined

function ofMachines({ store, index }: Live, workspaceId: string, read: (machine: Machine) => Value): readonly KnownValue[] {
  const counts = new Map<string, number>()
  for (const id of index.members(`workspace/${workspaceId}`)) {
    const machine = store.get('machine', id)
    const value = machine && read(machine)
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return byCount([...counts].map(([value, count]) => ({ value, count })))
}

function byCount(values: readonly { readonly value: string; readonly count: number }[]): readonly KnownValue[] {
  const merged = new Map<string, number>()
  for (const { value, count } of values) merged.set(value, (merged.get(value) ?? 0) + count)
  return [...merged].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count)
}
