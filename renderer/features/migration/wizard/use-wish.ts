import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useSearchParams } from 'react-router'
import { readWish, type Wish, writeWish } from './wish.ts'

export type ChangeWish = (change: (wish: Wish) => Wish) => void

/** What was chosen, in the address. A choice is seen at once; the address follows, as navigation is never urgent. */
export function useWish(): readonly [Wish, ChangeWish] {
  const [search, setSearch] = useSearchParams()
  const text = search.toString()
  const [ahead, setAhead] = useState<{ readonly of: string; readonly wish: Wish } | null>(null)
  // the address has followed, or somebody went back
  if (ahead !== null && ahead.of !== text) setAhead(null)
  const written = useMemo(() => readWish(new URLSearchParams(text)), [text])
  const wish = ahead?.of === text ? ahead.wish : written
  // whoever changes it later changes what is there then
  const now = useRef({ text, wish })
  useLayoutEffect(() => {
    now.current = { text, wish }
  })
  function onWish(change: (wish: Wish) => Wish) {
    const { text: of, wish: before } = now.current
    const next = change(before)
    now.current = { text: of, wish: next }
    setAhead({ of, wish: next })
    setSearch(writeWish(next), { replace: next.step === before.step })
  }
  return [wish, onWish]
}
