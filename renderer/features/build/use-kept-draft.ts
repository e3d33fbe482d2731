import { useEffect, useEffectEvent, useRef } from 'react'

/** A form is kept when the page is left. Returns how to have it forgotten for good, once what it asked for is made. */
export function useKeptDraft(keepIt: () => void, drop: () => void): () => void {
  const finished = useRef(false)
  const keep = useEffectEvent(() => {
    if (!finished.current) keepIt()
  })
  useEffect(() => () => keep(), [])
  return () => {
    finished.current = true
    drop()
  }
}
