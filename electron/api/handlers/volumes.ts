import type { Engine } from '../../engine/engine.ts'
import type { TaskAuthor } from '../../engine/tasks/task-kind.ts'
import type { CallContext, Handlers } from '../handlers.ts'

export function volumeHandlers({ volumes }: Engine): Handlers['volumes'] {
  return {
    abilities: ({ hostId }, { signal }) => volumes.abilities(hostId, signal),
    pools: ({ hostId }) => Promise.resolve([...volumes.pools(hostId)]),
    list: async ({ poolId }, { signal }) => [...(await volumes.list(poolId, signal))],
    upload: (input, context) => volumes.upload(input, authorOf(context), context.signal),
    resumeUpload: ({ taskId }, { signal }) => volumes.resumeUpload(taskId, signal),
    download: (input, { signal }) => volumes.download(input, signal),
    fetch: async (input, context) => ({ taskId: await volumes.fetch(input, authorOf(context), context.signal) }),
    convert: async (input, context) => ({ taskId: await volumes.convert(input, authorOf(context), context.signal) }),
    remove: async (input, context) => ({ taskId: await volumes.remove(input, authorOf(context)) }),
  }
}

function authorOf({ actor, origin }: CallContext): TaskAuthor {
  return { actor, origin, reason: null }
}
