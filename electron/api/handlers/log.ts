import { AppError } from '../../../shared/errors/index.ts'
import { EVENT_FIELDS } from '../../../shared/query/index.ts'
import type { Engine } from '../../engine/engine.ts'
import { matcherOf } from '../../engine/inventory-matcher.ts'
import type { Handlers } from '../handlers.ts'

export function eventHandlers({ events, inventory, options }: Engine): Handlers['events'] {
  return {
    list: async ({ query, machineId, hostId, connectionId, limit, cursor }) => {
      const matches = matcherOf(query, EVENT_FIELDS, inventory.inventory, options.clock)
      const filter = {
        ...(machineId !== undefined && { machineId }),
        ...(hostId !== undefined && { hostId }),
        ...(connectionId !== undefined && { connectionId }),
      }
      const beforeId = numberOf(cursor)
      const page = await events.list({ filter, limit, ...(matches && { matches }), ...(beforeId !== undefined && { beforeId }) })
      return { items: page.items, cursor: page.nextBeforeId === null ? null : String(page.nextBeforeId) }
    },
    watch: ({ sinceId, query }, { signal }) =>
      events.watch(sinceId, signal, matcherOf(query, EVENT_FIELDS, inventory.inventory, options.clock)),
  }
}

export function auditHandlers({ audit }: Engine): Handlers['audit'] {
  return {
    list: async ({ limit, cursor }) => {
      const beforeSeq = numberOf(cursor)
      const page = await audit.list({ limit, ...(beforeSeq !== undefined && { beforeSeq }) })
      return { items: page.items, cursor: page.nextBeforeSeq === null ? null : String(page.nextBeforeSeq) }
    },
    verify: () => audit.verify(),
  }
}

export function viewHandlers({ settings }: Engine): Handlers['views'] {
  return {
    list: () => settings.views(),
    save: ({ view }) => settings.saveView(view),
    remove: async ({ id }) => {
      await settings.removeView(id)
      return { done: true }
    },
  }
}

function numberOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new AppError({ kind: 'invalid-input', code: 'input.bad-cursor', message: 'The cursor is not one of ours.' })
}
