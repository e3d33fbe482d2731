import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useSearchParams } from 'react-router'

/**
 * What was chosen on a page, in its address, so that it can be sent to a colleague. A choice is seen at once; the address follows, as navigation is
 * never urgent. `isSamePage`: the change is none to go back to. All three are functions of a module, the same each time.
 */
export function useInAddress<T>(
  read: (search: URLSearchParams) => T,
  write: (state: T) => URLSearchParams,
  isSamePage: (before: T, after: T) => boolean,
): readonly [T, (change: (state: T) => T) => void] {
  const [search, setSearch] = useSearchParams()
  const text = search.toString()
  const [ahead, setAhead] = useState<{ readonly of: string; readonly state: T } | null>(null)
  // the address has followed, or somebody went back
  if (ahead !== null && ahead.of !== text) setAhead(null)
  const written = useMemo(() => read(new URLSearchParams(text)), [read, text])
  const state = ahead?.of === text ? ahead.state : written
  // whoever changes it later changes what is there then
  const now = useRef({ text, state })
  useLayoutEffect(() => {
    now.current = { text, state }
  })
  function onChange(change: (state: T) => T) {
    const { text: of, state: before } = now.current
    const next = change(before)
    now.current = { text: of, state: next }
    setAhead({ of, state: next })
    setSearch(write(next), { replace: isSamePage(before, next) })
  }
  return [state, onChange]
}
