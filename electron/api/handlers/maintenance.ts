import type { Engine } from '../../engine/engine.ts'
import type { CallContext, Handlers } from '../handlers.ts'

const authorOf = ({ actor, origin }: CallContext, reason: string | undefined) => ({ actor, origin, reason: reason ?? null })

export function maintenanceHandlers({ maintenance }: Engine): Handlers['maintenance'] {
  return {
    list: () => Promise.resolve(maintenance.list()),
    plan: ({ order }, { signal }) => maintenance.plan(order, signal),
    drain: ({ order, reason, token }, context) => maintenance.drain(order, authorOf(context, reason), context.signal, token),
    leave: ({ hostId, bringBack, reason, token }, context) =>
      maintenance.leave(hostId, bringBack, authorOf(context, reason), context.signal, token),
  }
}
