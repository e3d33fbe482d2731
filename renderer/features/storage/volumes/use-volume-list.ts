import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { FINAL_TASK_STATES, type PoolId } from '../../../../shared/model/index.ts'
import { useApi } from '../../../lib/api/index.ts'
import { useTable } from '../../../lib/live/index.ts'
import { begunOn } from '../begun.ts'
import { VolumeList, type VolumeListState } from './volume-list.ts'

/** Told to the page so often at most: each time all rows on screen are looked at again. */
const TELL_MS = 80
/** Of what is on screen; the contract takes a thousand. */
const FIRST_MOST = 200
/** Those at the beginning of a list are read first anyway. */
const READ_FIRST = 60

export interface VolumeListUse {
  readonly state: VolumeListState
  readonly again: () => void
  /** Puts what is known by now in order. */
  readonly reshape: () => void
  /** These are on screen: what is not known of them is asked for before the rest. */
  readonly look: (names: readonly string[]) => void
}

/** The volumes of a pool while somebody looks at them: read again when a task on them has ended. Not live: nothing is asked. */
export function useVolumeList(poolId: PoolId, live: boolean): VolumeListUse {
  const api = useApi()
  const list = useMemo(
    () =>
      new VolumeList({
        open: (first, signal) => api.storage.watchVolumes({ poolId, first: [...first] }, { signal }),
        schedule: (tell) => void setTimeout(tell, TELL_MS),
      }),
    [api, poolId],
  )
  const state = useSyncExternalStore(list.subscribe, () => list.state)
  const ended = useEndedTasks(poolId)
  /** The tasks that had ended when it was read last; null: it is to be read. */
  const readAfter = useRef<number | null>(null)
  useEffect(() => {
    if (!live) readAfter.current = null
    else if (readAfter.current !== ended) {
      readAfter.current = ended
      void list.read()
    }
  }, [list, live, ended])
  useEffect(
    () => () => {
      readAfter.current = null
      list.close()
    },
    [list],
  )
  const asked = useRef('')
  const look = useCallback(
    (names: readonly string[]) => {
      const { phase, rows, gone } = list.state
      if (phase !== 'reading') return
      const coming = new Set([...rows.keys()].slice(0, READ_FIRST))
      const isUnknown = (name: string) => rows.get(name)?.facts === null && !gone.has(name) && !coming.has(name)
      const unknown = names.filter(isUnknown).slice(0, FIRST_MOST)
      const key = unknown.join('\n')
      // they are on their way already
      if (unknown.length === 0 || key === asked.current) return
      asked.current = key
      void list.read(unknown)
    },
    [list],
  )
  return { state, again: () => void list.read(), reshape: () => list.reshape(), look }
}

/** Grows whenever a task that changes what is in the pool has ended. */
function useEndedTasks(poolId: PoolId): number {
  const tasks = useTable('task')
  return useMemo(() => {
    const begun = begunOn(poolId)
    return tasks.filter(({ id, kind, target, state }) => {
      if (!FINAL_TASK_STATES.has(state)) return false
      if (target?.entity === 'volume') return target.id.startsWith(`${poolId}/`)
      return begun.has(id) || (target?.entity === 'pool' && target.id === poolId && kind !== 'pool.setAutostart')
    }).length
  }, [tasks, poolId])
}
