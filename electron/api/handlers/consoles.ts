import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

export function consoleHandlers({ consoles }: Engine): Handlers['consoles'] {
  return {
    list: async ({ machineId }, { signal }) => [...(await consoles.list(machineId, signal))],
    open: async ({ machineId, ...request }, { signal }) => ({ token: await consoles.open(machineId, request, signal) }),
    logIn: ({ machineId, ...request }, { signal }) => consoles.logIn(machineId, request, signal),
    answerPrompt: ({ promptId, answers }) => {
      consoles.prompts.answer(promptId, answers, false)
      return Promise.resolve({ done: true })
    },
  }
}
