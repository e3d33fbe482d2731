import type { Engine } from '../../engine/engine.ts'
import type { TaskAuthor } from '../../engine/tasks/task-kind.ts'
import type { CallContext, Handlers } from '../handlers.ts'

export function networkHandlers({ networks }: Engine): Handlers['networks'] {
  return {
    detail: ({ networkId }, { signal }) => networks.detail(networkId, signal),
    create: ({ hostId, spec }, context) => networks.create(hostId, spec, authorOf(context)),
    start: ({ networkId, definition }, context) => networks.start(networkId, definition, authorOf(context)),
    restart: ({ networkId, evenIfUsed }, context) => networks.restart(networkId, evenIfUsed, authorOf(context), context.signal),
    plugIn: ({ networkId, macs }, context) => networks.plugIn(networkId, macs, authorOf(context), context.signal),
    stop: ({ networkId, evenIfUsed }, context) => networks.stop(networkId, evenIfUsed, authorOf(context), context.signal),
    edit: ({ networkId, edit, revision }, context) => networks.edit(networkId, edit, revision, authorOf(context), context.signal),
    remove: ({ networkId }, context) => networks.remove(networkId, authorOf(context), context.signal),
    filters: async ({ hostId }, { signal }) => [...(await networks.filters(hostId, signal))],
    putFilter: ({ hostId, xml, expected }, context) => networks.putFilter(hostId, xml, expected, authorOf(context), context.signal),
    removeFilter: ({ hostId, name }, context) => networks.removeFilter(hostId, name, authorOf(context), context.signal),
    topology: async ({ hostIds }, { signal }) => [...(await networks.topology(hostIds, signal))],
    rates: ({ hostId }, { signal }) => networks.rates(hostId, signal),
  }
}

function authorOf({ actor, origin }: CallContext): TaskAuthor {
  return { actor, origin, reason: null }
}
