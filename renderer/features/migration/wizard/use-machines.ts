import { useMemo, useSyncExternalStore } from 'react'
import type { Machine } from '../../../../shared/model/index.ts'
import { type Live, useLive } from '../../../lib/live/index.ts'

/** These machines in this order, those that are known; the same array until one of them changes. */
export function useMachines(ids: readonly string[]): readonly Machine[] {
  const { store } = useLive()
  const key = JSON.stringify(ids)
  const source = useMemo(() => sourceOf(store, JSON.parse(key) as readonly string[]), [store, key])
  return useSyncExternalStore(source.subscribe, source.get)
}

function sourceOf(store: Live['store'], ids: readonly string[]) {
  let shown: readonly Machine[] = []
  return {
    subscribe: (listener: () => void) => {
      const stops = ids.map((id) => store.subscribeObject('machine', id, listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
    get: () => {
      const now = ids.flatMap((id) => store.get('machine', id) ?? [])
      if (now.length !== shown.length || now.some((machine, at) => machine !== shown[at])) shown = now
      return shown
    },
  }
}
