import { useCallback, useState, useSyncExternalStore } from 'react'
import type { Machine, MachineState } from '../../../shared/model/index.ts'
import { type Live, useLive } from '../live/index.ts'

const RUNS: ReadonlySet<MachineState> = new Set<MachineState>(['running', 'paused', 'migrating'])

/**
 * Where the machine runs now that it no longer runs here: a migration leaves it under another connection, by the same reference. Only of one
 * that has been seen running: whoever opens the page or the console of a copy that is off wants that one. Null: it has not moved, as far as is known.
 */
export function useMovedMachine(machine: Machine | undefined, last: Machine | undefined): Machine | null {
  const live = useLive()
  const [ranAs, setRanAs] = useState<string | null>(null)
  const runs = machine !== undefined && RUNS.has(machine.state)
  if (runs && machine.id !== ranAs) setRanAs(machine.id)
  const wanted = !runs && last !== undefined && last.id === ranAs ? last : null
  const subscribe = useCallback(
    (listener: () => void) =>
      wanted ? live.store.onDelta((delta) => (delta.reset || delta.entities.has('machine')) && listener()) : () => {},
    [live, wanted],
  )
  return useSyncExternalStore(subscribe, () => (wanted ? elsewhere(live, wanted) : null))
}

function elsewhere({ store }: Live, { id, nativeRef }: Machine): Machine | null {
  for (const other of store.tables.machine.values()) {
    if (other.nativeRef === nativeRef && other.id !== id && RUNS.has(other.state)) return other
  }
  return null
}
