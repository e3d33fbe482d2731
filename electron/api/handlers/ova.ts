import type { Engine } from '../../engine/engine.ts'
import type { CallContext, Handlers } from '../handlers.ts'
import { permitImport } from './permit.ts'

export function ovaHandlers({ ova }: Engine): Handlers['ova'] {
  return {
    inspect: ({ poolId, name, pool }, { signal }) => ova.inspect(poolId, name, pool, signal),
    check: async (input, { signal }) => ({ findings: await ova.check(input, signal) }),
    import: async ({ reason, token, ...input }, context) => {
      permitImport(input.removePackage, context)
      return await ova.import(input, authorOf(context, reason), context.signal, token)
    },
    export: ({ reason, token, ...order }, context) => ova.export(order, authorOf(context, reason), context.signal, token),
    download: ({ exportId }, { signal }) => ova.download(exportId, signal),
  }
}

function authorOf({ actor, origin }: CallContext, reason: string | undefined) {
  return { actor, origin, reason: reason ?? null }
}
