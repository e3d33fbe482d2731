import { useMemo } from 'react'
import type { Machine } from '../../../../shared/model/index.ts'
import { compileQuery, type InventoryContext, MACHINE_FIELDS, parseQuery, type QueryError } from '../../../../shared/query/index.ts'
import { type Live, useIndexVersion, useLive } from '../../../lib/live/index.ts'

export interface MachineCount {
  readonly error: QueryError | null
  /** Null: the query cannot be read, or there is none yet. */
  readonly count: number | null
  /** Those that it finds, by name. */
  readonly machines: readonly Machine[]
}

/** How many machines a query finds now, and whenever machines have come, gone or changed. */
export function useMachineCount(query: string): MachineCount {
  const live = useLive()
  const version = useIndexVersion()
  return useMemo(() => countOf(live, query, version), [live, query, version])
}

/** `_version`: of the fleet that is counted; another one is counted anew. */
function countOf({ store }: Live, query: string, _version: number): MachineCount {
  if (query.trim() === '') return { error: null, count: null, machines: [] }
  const parsed = parseQuery(query, MACHINE_FIELDS)
  if (!parsed.ok) return { error: parsed.error, count: null, machines: [] }
  const matches = compileQuery(parsed.ast, MACHINE_FIELDS)
  const context: InventoryContext = {
    nowMs: Date.now(),
    host: (id) => store.get('host', id),
    connection: (id) => store.get('connection', id),
    network: (id) => store.get('network', id),
  }
  const machines: Machine[] = []
  for (const machine of store.tables.machine.values()) if (matches(machine, context)) machines.push(machine)
  machines.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { error: null, count: machines.length, machines }
}
