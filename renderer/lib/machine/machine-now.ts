import type { Machine } from '../../../shared/model/index.ts'
import type { LiveStore } from '../live/index.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * A machine by its id, or, when it has moved to another host since, as what it is there: by the same reference. Only of references that are one
 * machine's alone, wherever it is. Undefined: it is nowhere to be seen.
 */
export function machineNow({ tables }: Pick<LiveStore, 'tables'>, id: string): Machine | undefined {
  for (const machine of tables.machine.values()) if (machine.id === id) return machine
  const ref = id.slice(id.indexOf('.m.') + 3)
  if (!UUID.test(ref)) return undefined
  for (const machine of tables.machine.values()) if (machine.nativeRef === ref) return machine
  return undefined
}
