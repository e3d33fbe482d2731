import { listPrices } from '../../engine/clouds/list-prices.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

export function cloudHandlers({ clouds, connections }: Engine): Handlers['clouds'] {
  return {
    policies: ({ providerId, config }) => connections.setup.policies(providerId, config),
    permissions: async ({ connectionId }, { signal }) => [...(await clouds.permissions(connectionId, signal))],
    budget: ({ connectionId }) => Promise.resolve(clouds.budget(connectionId)),
    prices: () => listPrices(),
    types: async ({ hostId, machineId }, { signal }) => [...(await clouds.types(hostId, machineId, signal))],
    resources: async ({ hostId, kind, search }, { signal }) => [...(await clouds.resources(hostId, kind, search, signal))],
    screenshot: ({ machineId }, { signal }) => clouds.screenshot(machineId, signal),
    runCommand: ({ machineId, script }) => clouds.runCommand(machineId, script),
    create: ({ hostId, spec, token }, { actor, origin }) => clouds.create(hostId, spec, { actor, origin, reason: null }, token),
  }
}
