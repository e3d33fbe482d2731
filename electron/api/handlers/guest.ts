import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

const DONE = { done: true } as const

export function guestHandlers({ guests }: Engine): Handlers['guest'] {
  return {
    info: ({ machineId }, { signal }) => guests.info(machineId, signal),
    setPassword: async ({ machineId, user, password }) => {
      await guests.run(machineId, { do: 'set-password', user, password })
      return DONE
    },
    addSshKeys: async ({ machineId, user, keys }) => {
      await guests.run(machineId, { do: 'add-ssh-keys', user, keys })
      return DONE
    },
    setTime: async ({ machineId }) => {
      await guests.run(machineId, { do: 'set-time' })
      return DONE
    },
    freeze: async ({ machineId }) => {
      await guests.run(machineId, { do: 'freeze' })
      return DONE
    },
    thaw: async ({ machineId }) => {
      await guests.run(machineId, { do: 'thaw' })
      return DONE
    },
  }
}
