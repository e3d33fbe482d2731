import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

export function workspaceHandlers(engine: Engine): Handlers['workspaces'] {
  const { connections } = engine
  return {
    create: ({ name }) => connections.workspaces.create(name),
    rename: ({ workspaceId, name }) => connections.workspaces.rename(workspaceId, name),
    remove: async ({ workspaceId }) => {
      await connections.removeWorkspace(workspaceId)
      return { done: true }
    },
  }
}
