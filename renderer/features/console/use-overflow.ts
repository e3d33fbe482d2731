import { type RefObject, useEffect, useRef, useState } from 'react'

const GAP_PX = 5
/** Of the button with the rest, until it has been seen. */
const MORE_PX = 90

interface Measured {
  readonly roomPx: number
  readonly widths: ReadonlyMap<string, number>
}

const NOTHING: Measured = { roomPx: 0, widths: new Map() }

/**
 * How many of them fit into one line beside each other, and beside the button with the rest where that is needed. Each is known by a key
 * that stands in its `data-bar-item`; one that is new is shown once, to be measured.
 */
export function useOverflow(keys: readonly string[], moreKey: string): readonly [RefObject<HTMLDivElement | null>, number] {
  const region = useRef<HTMLDivElement>(null)
  const [{ roomPx, widths }, setMeasured] = useState(NOTHING)

  useEffect(() => {
    const element = region.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setMeasured((before) => measure(element, before)))
    const observe = () => {
      observer.disconnect()
      observer.observe(element)
      for (const child of element.children) observer.observe(child)
    }
    observe()
    const comings = new MutationObserver(observe)
    comings.observe(element, { childList: true })
    return () => {
      observer.disconnect()
      comings.disconnect()
    }
  }, [])

  return [region, howManyFit(keys, widths, roomPx, widths.get(moreKey) ?? MORE_PX)]
}

function measure(region: HTMLElement, before: Measured): Measured {
  const widths = new Map(before.widths)
  for (const item of region.querySelectorAll<HTMLElement>('[data-bar-item]')) {
    const key = item.dataset['barItem']
    if (key !== undefined && item.offsetWidth > 0) widths.set(key, item.offsetWidth)
  }
  const isSame = before.roomPx === region.clientWidth && [...widths].every(([key, width]) => before.widths.get(key) === width)
  return isSame ? before : { roomPx: region.clientWidth, widths }
}

/** All of them as long as one is unknown, or nothing is laid out. */
export function howManyFit(keys: readonly string[], widths: ReadonlyMap<string, number>, roomPx: number, morePx: number): number {
  if (roomPx === 0) return keys.length
  let usedPx = 0
  let fitBesideMore = 0
  for (const [at, key] of keys.entries()) {
    const width = widths.get(key)
    if (width === undefined) return keys.length
    usedPx += width + (at > 0 ? GAP_PX : 0)
    if (usedPx + GAP_PX + morePx <= roomPx) fitBesideMore = at + 1
  }
  return usedPx <= roomPx ? keys.length : fitBesideMore
}
