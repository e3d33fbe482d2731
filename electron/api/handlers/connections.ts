import type { Engine } from '../../engine/engine.ts'
import type { Handlers, MethodOutput } from '../handlers.ts'

export function connectionHandlers(engine: Engine): Handlers['connections'] {
  const { connections } = engine
  const { setup } = connections
  return {
    providers: () => Promise.resolve(setup.providers() as MethodOutput<'connections', 'providers'>),
    discover: async () => (await setup.discover()) as MethodOutput<'connections', 'discover'>,
    check: (input, context) => setup.check(input, context.signal),
    logIn: ({ connectionId }, context) => connections.logIn(connectionId, context.signal),
    answerPrompt: ({ promptId, answers, remember }) => {
      connections.prompts.answer(promptId, answers, remember)
      return Promise.resolve({ done: true })
    },
    add: (input) => connections.add(input),
    addDemo: async (input) => ({ workspaceId: await connections.addDemo(input) }),
    update: (input) => connections.update(input),
    remove: async ({ connectionId }) => {
      await connections.remove(connectionId)
      return { done: true }
    },
    reconnect: async ({ connectionId }) => {
      await connections.reconnect(connectionId)
      return { done: true }
    },
    setEnabled: ({ connectionId, enabled }) => connections.setEnabled(connectionId, enabled),
    acceptHostKey: async ({ connectionId, key, replace }) => {
      await connections.acceptHostKey(connectionId, key, replace)
      return { done: true }
    },
  }
}
