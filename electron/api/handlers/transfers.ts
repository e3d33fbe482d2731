import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

export function transferHandlers({ transfers }: Engine): Handlers['transfers'] {
  return {
    plan: ({ spec }, { signal }) => transfers.plan(spec, signal),
    runBook: ({ spec, way }, { signal }) => transfers.runBook(spec, way, signal),
    start: async ({ spec, acceptsWarnings, reason, token }, { actor, origin, signal }) =>
      await transfers.start(spec, acceptsWarnings, { actor, origin, reason: reason ?? null }, signal, token),
  }
}
