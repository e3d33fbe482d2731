import { useCallback, useSyncExternalStore } from 'react'
import type { Machine, MoveParams, Task } from '../../../shared/model/index.ts'
import { useLive } from '../../lib/live/index.ts'

/** The machine of that name on a host, as the inventory knows it now. */
export function useMachineAt(hostId: string | undefined, name: string | undefined): Machine | undefined {
  const { store } = useLive()
  const subscribe = useCallback(
    (listener: () => void) => store.onDelta((delta) => (delta.reset || delta.entities.has('machine')) && listener()),
    [store],
  )
  return useSyncExternalStore(subscribe, () => {
    if (hostId === undefined || name === undefined) return undefined
    for (const machine of store.tables.machine.values()) if (machine.hostId === hostId && machine.name === name) return machine
    return undefined
  })
}

export interface BothEnds {
  readonly atSource: Machine | undefined
  readonly atTarget: Machine | undefined
}

/** The machine of a move at either end. */
export function useBothEnds({ target }: Pick<Task, 'target'>, { sourceHostId, targetHostId, rename }: MoveParams): BothEnds {
  return {
    atSource: useMachineAt(sourceHostId, target?.name),
    atTarget: useMachineAt(targetHostId, rename ?? target?.name),
  }
}
