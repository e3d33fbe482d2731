import { useEffect } from 'react'
import type { Host } from '../../../shared/model/index.ts'
import { useApi, useEngineLinkState } from '../../lib/api/index.ts'
import { useLive } from '../../lib/live/index.ts'

/** What is on this page is sampled more often while somebody looks. */
export function useHostInterest(hostId: Host['id']): void {
  const api = useApi()
  const { index } = useLive()
  const { state } = useEngineLinkState()
  useEffect(() => {
    if (state !== 'open') return undefined
    const visible = [...index.members(`host/${hostId}`)].slice(0, 60)
    // Interest is a hint: a lost one costs nothing but slower figures.
    void api.inventory.setInterest({ visible, focused: null, hostId }).catch(() => {})
    return () => void api.inventory.setInterest({ visible: [], focused: null }).catch(() => {})
  }, [api, index, state, hostId])
}
