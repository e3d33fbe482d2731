import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { NodeRate } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { drawWords } from './draw-words.ts'
import { COLUMNS, columnsFor } from './layout.ts'
import { MapStage } from './map-stage.ts'
import { pathOf } from './path.ts'
import { type Scene, type Spot, stepFrom } from './scene.ts'
import { kindWord, nodeName, stateWord, waySentence } from './words.ts'

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
  /** Another map when the rates have changed. */
  readonly rates: ReadonlyMap<string, ReadonlyMap<string, NodeRate>>
  /** Brought into view when it changes. */
  readonly goTo: Spot | null
  readonly onSelect: (spot: Spot | null) => void
  readonly onToggle: (hostId: string) => void
  /** Hosts of which something is on screen, from top to bottom. */
  readonly onSeen: (hostIds: readonly string[]) => void
}

/** The picture: a canvas of the size of the window over a scrolled space of the size of the whole. Only what is on screen is drawn. */
export function MapCanvas({ scene, openIds, selected, rates, goTo, onSelect, onToggle, onSeen }: MapCanvasProps) {
  const i18n = useI18n()
  const { t } = i18n
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const stage = useRef<MapStage | null>(null)
  const [available, setAvailable] = useState(0)
  const [cursor, setCursor] = useState<Spot | null>(null)
  const { width, columns } = useMemo(() => columnsFor(available), [available])
  const words = useMemo(() => drawWords(i18n), [i18n])
  const path = useMemo(() => {
    if (selected === null || selected.at === null) return null
    const topology = scene.blocks.find(({ host }) => host.id === selected.hostId)?.host.topology
    return topology?.nodes[selected.at] ? pathOf(topology, selected.at) : null
  }, [scene, selected])

  useLayoutEffect(() => {
    if (!scroller.current || !canvas.current) return undefined
    const made = new MapStage({ scroller: scroller.current, canvas: canvas.current, onSize: setAvailable })
    stage.current = made
    return () => {
      made.close()
      stage.current = null
    }
  }, [])

  useLayoutEffect(() => {
    stage.current?.show({ scene, columns, width, selected: path ? selected : null, path, cursor, rates, openIds }, words, onSeen)
  }, [scene, columns, width, selected, path, cursor, rates, openIds, words, onSeen])

  const shownScene = useRef(scene)
  useEffect(() => {
    shownScene.current = scene
  }, [scene])
  useEffect(() => {
    if (goTo) stage.current?.bringIntoView(shownScene.current, goTo)
  }, [goTo])

  function onClick({ clientX, clientY }: MouseEvent) {
    const spot = stage.current?.spotUnder(clientX, clientY) ?? null
    setCursor(spot)
    if (spot && spot.at === null) onToggle(spot.hostId)
    else onSelect(spot)
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const way = KEYS[event.key]
    if (way) {
      const next = stepFrom(scene, cursor, way)
      setCursor(next)
      if (next) stage.current?.bringIntoView(scene, next)
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
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys move through a picture; the list says the same */}
      <div
        ref={scroller}
        className="topo-map"
        role="application"
        aria-label={t('topology.map-label')}
        aria-describedby="topology-keys"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows move through the picture
        tabIndex={0}
        onScroll={() => stage.current?.scrolled()}
        onKeyDown={onKeyDown}
        onFocus={() => stage.current?.paintSoon()}
        onBlur={() => stage.current?.paintSoon()}
      >
        <div className="topo-heads" style={{ width }} aria-hidden>
          {columns.map(({ x }, at) => (
            <span key={COLUMNS[at]} style={{ insetInlineStart: x }}>
              {t(`topology.column.${COLUMNS[at] ?? 'nic'}`)}
            </span>
          ))}
        </div>
        <div className="topo-space" style={{ height: scene.height, width }}>
          <canvas
            ref={canvas}
            className="topo-canvas"
            aria-hidden
            onClick={onClick}
            onMouseMove={({ clientX, clientY }) => stage.current?.point(stage.current.spotUnder(clientX, clientY))}
            onMouseLeave={() => stage.current?.point(null)}
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
