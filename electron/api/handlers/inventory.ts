import { type InventoryMessage, packMessage } from '../../../shared/model/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

/** The contract's types know no `readonly`. */
type Answer<Method extends 'machines' | 'hosts'> = Awaited<ReturnType<Handlers['inventory'][Method]>>

export function inventoryHandlers(engine: Engine): Handlers['inventory'] {
  const { inventory, connections } = engine
  const { interest } = connections.supervisor
  return {
    watch: ({ workspaceId, packed }, { clientId, signal }) => {
      const messages = inventory.watch({ clientId, signal, workspaceId }, (gone) => interest.forget(gone))
      return packed ? packMessages(messages) : messages
    },
    // frozen and the same for all who ask before anything has changed: copied, it would be written out anew for each of them
    machines: (input) => Promise.resolve(inventory.queries.list(input) as Answer<'machines'>),
    hosts: (input) => Promise.resolve(inventory.queries.hosts(input) as Answer<'hosts'>),
    setInterest: (input, { clientId }) => {
      interest.set(clientId, input)
      return Promise.resolve({ done: true })
    },
    recentMetrics: ({ machineId }) => Promise.resolve({ samples: [...inventory.recentMetrics(machineId)] }),
  }
}

async function* packMessages(messages: AsyncIterable<InventoryMessage>): AsyncGenerator<InventoryMessage> {
  for await (const message of messages) yield packMessage(message)
}
