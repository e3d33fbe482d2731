import type { Engine } from '../../engine/engine.ts'
import type { TaskAuthor } from '../../engine/tasks/task-kind.ts'
import type { CallContext, Handlers } from '../handlers.ts'

export function storageHandlers({ storage }: Engine): Handlers['storage'] {
  return {
    abilities: ({ hostId }, { signal }) => storage.abilities(hostId, signal),
    find: async ({ hostId, type, server }, { signal }) => [...(await storage.find(hostId, type, server, signal))],
    createPool: async ({ hostId, spec, secret }, context) => ({
      taskId: await storage.createPool(hostId, spec, secret, authorOf(context), context.signal),
    }),
    startPool: async ({ poolId }, context) => ({ taskId: await storage.startPool(poolId, authorOf(context)) }),
    stopPool: async ({ poolId }, context) => ({ taskId: await storage.stopPool(poolId, authorOf(context), context.signal) }),
    refreshPool: async ({ poolId }, context) => ({ taskId: await storage.refreshPool(poolId, authorOf(context)) }),
    setPoolAutostart: async ({ poolId, autostart }, context) => ({
      taskId: await storage.setPoolAutostart(poolId, autostart, authorOf(context)),
    }),
    removal: ({ poolId }, { signal }) => storage.removal(poolId, signal),
    removePool: async ({ poolId, deleteTarget }, context) => ({
      taskId: await storage.removePool(poolId, deleteTarget, authorOf(context), context.signal),
    }),
    definition: ({ poolId }, { signal }) => storage.definition(poolId, signal),
    watchVolumes: ({ poolId, first }, { signal }) => storage.watchVolumes(poolId, first, signal),
    createVolume: async (input, context) => ({ taskId: await storage.createVolume(input, authorOf(context), context.signal) }),
    resizeVolume: async ({ poolId, name, capacityBytes }, context) => ({
      taskId: await storage.resizeVolume({ poolId, name }, capacityBytes, authorOf(context), context.signal),
    }),
    cloneVolume: async ({ poolId, name, to, format }, context) => ({
      taskId: await storage.cloneVolume({ poolId, name }, to, format, authorOf(context), context.signal),
    }),
    wipeVolume: async ({ poolId, name }, context) => ({
      taskId: await storage.wipeVolume({ poolId, name }, authorOf(context), context.signal),
    }),
    removeVolumes: async ({ volumes }, context) => ({ taskId: await storage.removeVolumes(volumes, authorOf(context)) }),
    orphans: ({ hostId }, { signal }) => storage.orphans(hostId, signal),
  }
}

function authorOf({ actor, origin }: CallContext): TaskAuthor {
  return { actor, origin, reason: null }
}
