import type { Machine, MachineState } from '../../../shared/model/index.ts'
import type { InventoryContext } from '../../../shared/query/index.ts'

export const GROUPS = ['host', 'state', 'tag', 'connection', 'region', 'type'] as const
export type GroupBy = (typeof GROUPS)[number]

/** Under which headings a machine stands. By tag it may be several; without one, the empty heading. */
export function groupsOf(machine: Machine, groupBy: GroupBy, context: InventoryContext): readonly string[] {
  switch (groupBy) {
    case 'host':
      return [hostGroup(machine, context)]
    case 'connection':
      return [context.connection(machine.connectionId)?.name ?? '']
    case 'state':
      return [machine.state satisfies MachineState]
    case 'tag':
      return machine.tags.length > 0 ? machine.tags : ['']
    case 'region':
      return [machine.cloud?.region ?? '']
    case 'type':
      return [machine.cloud?.type ?? '']
  }
}

/** Regions of two accounts may have one name: there the account stands before it. */
function hostGroup({ hostId, connectionId }: Machine, context: InventoryContext): string {
  const host = context.host(hostId)
  if (!host) return ''
  return host.kind === 'hypervisor' ? host.name : `${context.connection(connectionId)?.name ?? ''}: ${host.name}`
}
