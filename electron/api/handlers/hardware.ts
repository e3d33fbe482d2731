import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'
import { permitEdit } from './permit.ts'

export function hardwareHandlers({ hardware }: Engine): Handlers['hardware'] {
  return {
    view: ({ machineId }, { signal }) => hardware.view(machineId, signal),
    options: ({ machineId }, { signal }) => hardware.options(machineId, signal),
    preview: ({ machineId, edit }, { signal }) => hardware.preview(machineId, edit, signal),
    apply: async ({ reason, ...input }, context) => {
      permitEdit(input.edit, context)
      const { actor, origin, signal } = context
      return { taskId: await hardware.apply(input, { actor, origin, reason: reason ?? null }, signal) }
    },
    restart: async ({ reason, ...input }, { actor, origin }) => ({
      taskId: await hardware.restart(input, { actor, origin, reason: reason ?? null }),
    }),
    history: async ({ machineId, limit }) => [...(await hardware.history(machineId, limit))],
    version: ({ machineId, versionId }) => hardware.version(machineId, versionId),
  }
}
