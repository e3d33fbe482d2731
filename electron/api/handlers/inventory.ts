import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

export function inventoryHandlers(engine: Engine): Handlers['inventory'] {
  const { inventory, connections } = engine
  const { interest } = connections.supervisor
  return {
    watch: ({ workspaceId }, { clientId, signal }) => inventory.watch({ clientId, signal, workspaceId }, (gone) => interest.forget(gone)),
    machines: (input) => {
      const page = inventory.queries.list(input)
      return Promise.resolve({ ...page, items: [...page.items] })
    },
    hosts: (input) => Promise.resolve([...inventory.queries.hosts(input)]),
    setInterest: (input, { clientId }) => {
      interest.set(clientId, input)
      return Promise.resolve({ done: true })
    },
    recentMetrics: ({ machineId }) => Promise.resolve({ samples: [...inventory.recentMetrics(machineId)] }),
  }
}
