import { type KeyboardEvent, type MouseEvent, useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { NodeRate } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Painter, readPalette, type View } from './draw.ts'
import { drawWords } from './draw-words.ts'
import { COLUMNS, columnsFor } from './layout.ts'
import { pathOf } from './path.ts'
import { blocksBetween, type Scene, type Spot, spotAt, stepFrom } from './scene.ts'
import { kindWord, nodeName, stateWord, waySentence } from './words.ts'

const SEEN_MS = 150
/** Of the columns' heads, which stay while the rest is scrolled. */
const HEADS = 24
/** Kept free above and beneath what the keyboard brings into view. */
const MARGIN = 60
const KEYS: Readonly<Record<string, 'up' | 'down' | 'left' | 'right'>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  k: 'up',
  j: 'down',
}

export interface MapCanvasProps {
  readonly scene: Scene
  readonly openIds: ReadonlySet<string>
  readonly selected: Spot | null
  readonly rates: ReadonlyMap<string, ReadonlyMap<string, NodeRate>>
  /** Changes when the rates have. */
  readonly ratesVersion: number
  /** Brought into view when it changes. */
  readonly goTo: Spot | null
  readonly onSelect: (spot: Spot | null) => void
  readonly onToggle: (hostId: string) => void
  /** Hosts of which something is on screen, from top to bottom. */
  readonly onSeen: (hostIds: readonly string[]) => void
}

/** The picture: a canvas of the size of the window over a scrolled space of the size of the whole. Only what is on screen is drawn. */
export function MapCanvas(props: MapCanvasProps) {
  const { scene, openIds, selected, rates, ratesVersion, goTo, onSelect, onToggle, onSeen } = props
  const i18n = useI18n()
  const { t } = i18n
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const painter = useRef<Painter | null>(null)
  const frame = useRef(0)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [cursor, setCursor] = useState<Spot | null>(null)
  const hover = useRef<Spot | null>(null)
  const words = useMemo(() => drawWords(i18n), [i18n])
  const { width, columns } = useMemo(() => columnsFor(size.width), [size.width])
  const path = useMemo(() => {
    if (selected?.at == null) return null
    const topology = scene.blocks.find(({ host }) => host.id === selected.hostId)?.host.topology
    return topology?.nodes[selected.at] ? pathOf(topology, selected.at) : null
  }, [scene, selected])

  const paint = useEffectEvent(() => {
    frame.current = 0
    const top = scroller.current?.scrollTop ?? 0
    const view: View = {
      scene,
      columns,
      width,
      top,
      height: size.height,
      selected: path ? selected : null,
      path,
      cursor: document.activeElement === scroller.current ? cursor : null,
      hover: hover.current,
      rates,
      openIds,
    }
    const drawn = String(painter.current?.draw(view) ?? 0)
    // what the picture holds can be told from outside only by this
    if (canvas.current && canvas.current.dataset['nodes'] !== drawn) canvas.current.dataset['nodes'] = drawn
  })
  const repaint = useEffectEvent(() => {
    if (frame.current === 0) frame.current = requestAnimationFrame(() => paint())
  })

  useLayoutEffect(() => {
    const box = scroller.current
    if (!box) return undefined
    const measure = () => setSize({ width: box.clientWidth, height: Math.max(1, box.clientHeight - HEADS) })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    return () => observer.disconnect()
  }, [])

  // another size clears a canvas, so it is painted at once
  useLayoutEffect(() => {
    const target = canvas.current
    const context = target?.getContext('2d', { alpha: false })
    if (!target || !context) return
    const ratio = window.devicePixelRatio || 1
    target.width = Math.max(1, Math.round(width * ratio))
    target.height = Math.max(1, Math.round(size.height * ratio))
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    painter.current = new Painter(context, readPalette(), words)
    paint()
  }, [width, size.height, words])

  useEffect(() => {
    const observer = new MutationObserver(() => {
      const context = canvas.current?.getContext('2d', { alpha: false })
      if (context) painter.current = new Painter(context, readPalette(), words)
      repaint()
    })
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] })
    return () => observer.disconnect()
  }, [words])

  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is drawn
  useEffect(() => repaint(), [scene, columns, selected, path, cursor, ratesVersion, openIds])
  useEffect(() => () => cancelAnimationFrame(frame.current), [])

  const tellSeen = useEffectEvent(() => {
    const box = scroller.current
    if (box) onSeen(blocksBetween(scene, box.scrollTop, box.scrollTop + box.clientHeight - HEADS).map(({ host }) => host.id))
  })
  const seenTimer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const seenSoon = useEffectEvent(() => {
    clearTimeout(seenTimer.current)
    seenTimer.current = setTimeout(() => tellSeen(), SEEN_MS)
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: blocks move when any of them opens
  useEffect(() => seenSoon(), [scene, size])
  useEffect(() => () => clearTimeout(seenTimer.current), [])

  const bringIntoView = useEffectEvent((spot: Spot) => {
    const box = scroller.current
    const block = scene.blocks.find(({ host }) => host.id === spot.hostId)
    if (!box || !block) return
    const y = block.y + (spot.at === null ? 0 : (block.layout?.y[spot.at] ?? 0))
    if (y < box.scrollTop + MARGIN) box.scrollTop = y - MARGIN
    else if (y > box.scrollTop + size.height - MARGIN) box.scrollTop = y - size.height + MARGIN
  })
  useEffect(() => {
    if (goTo) bringIntoView(goTo)
  }, [goTo])

  function spotUnder(event: MouseEvent): Spot | null {
    const box = canvas.current?.getBoundingClientRect()
    const top = scroller.current?.scrollTop ?? 0
    return box ? spotAt(scene, columns, event.clientX - box.left, event.clientY - box.top + top) : null
  }

  function onClick(event: MouseEvent) {
    const spot = spotUnder(event)
    setCursor(spot)
    if (spot && spot.at === null) onToggle(spot.hostId)
    else onSelect(spot)
  }

  function onMouseMove(event: MouseEvent) {
    const spot = spotUnder(event)
    const before = hover.current
    if (spot?.hostId === before?.hostId && spot?.at === before?.at) return
    hover.current = spot
    if (canvas.current) canvas.current.style.cursor = spot ? 'pointer' : 'default'
    repaint()
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const way = KEYS[event.key]
    if (way) {
      const next = stepFrom(scene, cursor, way)
      setCursor(next)
      if (next) bringIntoView(next)
    } else if ((event.key === 'Enter' || event.key === ' ') && cursor) {
      if (cursor.at === null) onToggle(cursor.hostId)
      else onSelect(cursor)
    } else if (event.key === 'Escape') onSelect(null)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <>
      <div
        ref={scroller}
        className="topo-map"
        role="application"
        aria-label={t('topology.map-label')}
        aria-describedby="topology-keys"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows move through the picture
        tabIndex={0}
        onScroll={() => {
          repaint()
          seenSoon()
        }}
        onKeyDown={onKeyDown}
        onFocus={() => repaint()}
        onBlur={() => repaint()}
      >
        <div className="topo-heads" style={{ width }} aria-hidden>
          {columns.map(({ x }, at) => (
            <span key={COLUMNS[at]} style={{ insetInlineStart: x }}>
              {t(`topology.column.${COLUMNS[at] ?? 'nic'}`)}
            </span>
          ))}
        </div>
        <div className="topo-space" style={{ height: Math.max(scene.height, size.height), width }}>
          <canvas
            ref={canvas}
            className="topo-canvas"
            style={{ width, height: size.height }}
            aria-hidden
            onClick={onClick}
            onMouseMove={onMouseMove}
            onMouseLeave={() => {
              hover.current = null
              repaint()
            }}
          />
        </div>
      </div>
      <span id="topology-keys" className="visually-hidden">
        {t('topology.keys')}
      </span>
      <span className="visually-hidden" role="status">
        {cursor && <CursorWords scene={scene} spot={cursor} />}
      </span>
    </>
  )
}

/** What the keyboard stands on, in words. */
function CursorWords({ scene, spot }: { readonly scene: Scene; readonly spot: Spot }) {
  const i18n = useI18n()
  const block = scene.blocks.find(({ host }) => host.id === spot.hostId)
  if (!block) return null
  const { topology, name } = block.host
  if (spot.at === null || !topology) return <>{i18n.t('topology.host-line', { name })}</>
  const node = topology.nodes[spot.at]
  if (!node) return null
  return <>{`${kindWord(node, i18n)} ${nodeName(node)}, ${stateWord(node, i18n)}. ${waySentence(topology, spot.at, i18n)}`}</>
}
