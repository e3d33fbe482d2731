import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import type { HostTopology } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { Chevron, StateIcon } from '../../ui/index.ts'
import type { Block, Scene, Spot } from './scene.ts'
import { headWords, nodeName, stateShape, stateWord, waySentence } from './words.ts'

export interface ListViewProps {
  readonly scene: Scene
  readonly openIds: ReadonlySet<string>
  /** Pictures are still to come. */
  readonly isReading: boolean
  readonly onToggle: (hostId: string) => void
  readonly onSelect: (spot: Spot) => void
}

/** The same in words: each host, each card, and its way to the wire. */
export function ListView({ scene, openIds, isReading, onToggle, onSelect }: ListViewProps) {
  const i18n = useI18n()
  const isOpenIn = ({ host, layout }: Block) => openIds.has(host.id) || layout !== null
  // what stands beneath an open host would be pushed down once its cards are there
  const unread = isReading ? scene.blocks.findIndex((block) => isOpenIn(block) && block.host.topology === null) : -1
  return (
    <div className="topo-list">
      {scene.blocks.slice(0, unread < 0 ? undefined : unread + 1).map((block) => {
        const { host } = block
        const isOpen = isOpenIn(block)
        const { text, trouble } = headWords(block, i18n)
        return (
          <section key={host.id} aria-label={host.name}>
            <h2>
              <button type="button" className="topo-fold" aria-expanded={isOpen} onClick={() => onToggle(host.id)}>
                <Chevron open={isOpen} />
                {host.name}
              </button>
              <span className="sub num">{text}</span>
              {trouble !== null && <span className="warn-text">{trouble}</span>}
            </h2>
            {isOpen && host.topology && (
              <NearOnly height={(block.layout?.columns.at(-1)?.length ?? 0) * ROW}>
                <Cards block={block} topology={host.topology} onSelect={onSelect} />
              </NearOnly>
            )}
          </section>
        )
      })}
    </div>
  )
}

/** A row of the table, in pixels: what keeps the place of cards that are far from the screen. */
const ROW = 30
/** How far from the screen they are made ready. */
const NEAR = '800px'

/** Its content from when it first comes near the screen: all hosts together have ten thousand cards. */
function NearOnly({ height, children }: { readonly height: number; readonly children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null)
  const [isNear, setNear] = useState(() => typeof IntersectionObserver === 'undefined')
  useEffect(() => {
    if (isNear || !place.current) return undefined
    const observer = new IntersectionObserver((entries) => setNear(entries.some(({ isIntersecting }) => isIntersecting)), {
      rootMargin: NEAR,
    })
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [isNear])
  return isNear ? children : <div ref={place} style={{ height }} />
}

function Cards({
  block,
  topology,
  onSelect,
}: {
  readonly block: Block
  readonly topology: HostTopology
  readonly onSelect: ListViewProps['onSelect']
}) {
  const i18n = useI18n()
  const { t } = i18n
  const cards = block.layout?.columns.at(-1) ?? []
  if (cards.length === 0) return <p className="sub topo-none">{t('topology.no-cards')}</p>
  return (
    <table className="plain-table topo-table num">
      <thead>
        <tr>
          <th scope="col">{t('topology.machine')}</th>
          <th scope="col">{t('column.state')}</th>
          <th scope="col">{t('topology.card')}</th>
          <th scope="col">{t('host.network.addresses')}</th>
          <th scope="col">{t('topology.way')}</th>
        </tr>
      </thead>
      <tbody>
        {cards.map((at) => {
          const node = topology.nodes[at]
          return (
            node && (
              <tr key={node.id}>
                <td className="ellipsis">
                  {node.machineId ? (
                    <Link className="quiet-link" to={paths.machine(node.machineId)}>
                      {nodeName(node)}
                    </Link>
                  ) : (
                    nodeName(node)
                  )}
                </td>
                <td>
                  <span className="state-cell">
                    <StateIcon shape={stateShape(node)} />
                    {stateWord(node, i18n)}
                  </span>
                </td>
                <td>
                  <button type="button" className="topo-pick mono small" onClick={() => onSelect({ hostId: topology.hostId, at })}>
                    {node.mac ?? node.name}
                  </button>
                </td>
                <td className="ellipsis">{node.addresses.join(', ') || <span className="none">–</span>}</td>
                <td>{waySentence(topology, at, i18n)}</td>
              </tr>
            )
          )
        })}
      </tbody>
    </table>
  )
}
