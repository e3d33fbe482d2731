import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'

/**
 * What draws into an element for as long as the component is there: the element, and the screen once it stands. `make` is one function for
 * ever; `surroundings` are those of now, whenever it asks.
 */
export function useScreen<S extends { dispose(): void }, E>(
  make: (box: HTMLElement, now: () => E) => S,
  surroundings: E,
): readonly [box: RefObject<HTMLDivElement | null>, screen: RefObject<S | null>] {
  const box = useRef<HTMLDivElement>(null)
  const screen = useRef<S | null>(null)
  const latest = useRef(surroundings)
  useLayoutEffect(() => {
    latest.current = surroundings
  })
  useEffect(() => {
    if (!box.current) return undefined
    const made = make(box.current, () => latest.current)
    screen.current = made
    return () => {
      screen.current = null
      made.dispose()
    }
  }, [make])
  return [box, screen]
}
