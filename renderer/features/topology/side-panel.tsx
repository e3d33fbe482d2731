import { Link } from 'react-router'
import type { HostTopology, NodeRate, TopologyNode } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { Age, Facts, StateIcon } from '../../ui/index.ts'
import { PlugInButton } from '../networks/index.ts'
import { cardsOn, type Step, stepsOf } from './path.ts'
import { detailWord, endingWord, kindWord, nodeName, rateWords, speedWord, stateShape, stateWord } from './words.ts'

const SHOWN_CARDS = 40

export interface SidePanelProps {
  readonly topology: HostTopology
  readonly hostName: string
  readonly at: number
  readonly rates: ReadonlyMap<string, NodeRate> | undefined
  readonly onSelect: (at: number) => void
  readonly onClose: () => void
  /** Something was done to the host's network: it has to be looked at again. */
  readonly onChanged: () => void
}

/** One node in words, and its whole way to the wire. */
export function SidePanel({ topology, hostName, at, rates, onSelect, onClose, onChanged }: SidePanelProps) {
  const i18n = useI18n()
  const { t } = i18n
  const node = topology.nodes[at]
  if (!node) return null
  const cards = node.kind === 'nic' ? [] : cardsOn(topology, at)
  const networkRef = node.kind === 'network' ? node.id.slice('net:'.length) : null
  return (
    <aside className="topo-side" aria-label={t('topology.way-of', { name: nodeName(node) })}>
      <header>
        <h2 className="ellipsis" title={nodeName(node)}>
          {nodeName(node)}
        </h2>
        <button type="button" className="topo-close" aria-label={t('topology.close')} title={t('topology.close')} onClick={onClose}>
          ×
        </button>
      </header>
      <p className="topo-kind">
        <StateIcon shape={stateShape(node)} /> {kindWord(node, i18n)}, {stateWord(node, i18n)}
      </p>
      <Facts
        facts={[
          { label: t('column.host'), value: <Link to={paths.host(topology.hostId)}>{hostName}</Link> },
          ...(node.machineId
            ? [{ label: t('topology.machine'), value: <Link to={paths.machine(node.machineId)}>{node.machine}</Link> }]
            : []),
          ...(node.kind === 'nic' ? [{ label: t('topology.on-host'), value: <span className="mono">{node.name}</span> }] : []),
          ...(node.detail === null ? [] : [{ label: t('topology.detail'), value: detailWord(node, i18n) }]),
          ...(node.kind === 'nic' || node.kind === 'network'
            ? []
            : [{ label: t('topology.speed'), value: speedWord(node.speedMbps, i18n) }]),
          { label: t('topology.traffic'), value: rateWords(rates?.get(node.id), i18n) },
          ...(node.mac === null ? [] : [{ label: 'MAC', value: <span className="mono">{node.mac}</span> }]),
          { label: t('host.network.addresses'), value: node.addresses.join(', ') || null },
        ]}
      />
      {node.beside !== undefined && (
        <PlugIn topology={topology} node={node} beside={node.beside} hostName={hostName} onChanged={onChanged} />
      )}
      {networkRef !== null && (
        <p>
          <Link to={paths.networks(topology.hostId, networkRef)}>{t('topology.open-network')}</Link>
        </p>
      )}
      <h3>{t('topology.way')}</h3>
      <ol className="topo-way">
        {stepsOf(topology, at).map((step) => (
          <Station key={step.at} step={step} topology={topology} rates={rates} isSelf={step.at === at} onSelect={onSelect} />
        ))}
      </ol>
      {cards.length > 0 && (
        <>
          <h3>{t('topology.cards-on', { count: cards.length })}</h3>
          <ul className="topo-cards">
            {cards.slice(0, SHOWN_CARDS).map((card) => {
              const each = topology.nodes[card]
              return (
                each && (
                  <li key={each.id}>
                    <StateIcon shape={stateShape(each)} />
                    <button type="button" className="topo-pick ellipsis" onClick={() => onSelect(card)}>
                      {nodeName(each)}
                    </button>
                    <span className="sub num ellipsis">{each.addresses[0] ?? ''}</span>
                  </li>
                )
              )
            })}
          </ul>
          {cards.length > SHOWN_CARDS && <p className="sub">{t('topology.more-cards', { count: cards.length - SHOWN_CARDS })}</p>}
        </>
      )}
      {topology.unseen.map((reason) => (
        <p key={reason.code} className="warn-text">
          {i18n.reason(reason)}
        </p>
      ))}
      {topology.observedAtMs > 0 && (
        <p className="sub num">
          {t('machine.read')} <Age atMs={topology.observedAtMs} ago />
        </p>
      )}
    </aside>
  )
}

interface PlugInPartProps extends Pick<SidePanelProps, 'topology' | 'hostName' | 'onChanged'> {
  readonly node: TopologyNode
  readonly beside: string
}

/** The way back of a card that hangs beside its network. */
function PlugIn({ topology, node, beside, hostName, onChanged }: PlugInPartProps) {
  const { t } = useI18n()
  const ref = beside.slice('net:'.length)
  const network = useTable('network').find(({ hostId, nativeRef }) => hostId === topology.hostId && nativeRef === ref)
  const isOld = topology.unseen.some(({ code }) => code === 'topology.not-live')
  if (!network || node.mac === null) return null
  return (
    <div className="topo-plug">
      <PlugInButton
        network={network}
        mac={node.mac}
        machine={nodeName(node)}
        disabledReason={isOld ? t('networks.not-live', { host: hostName }) : undefined}
        onEnded={onChanged}
      />
    </div>
  )
}

interface StationProps {
  readonly step: Step
  readonly topology: HostTopology
  readonly rates: ReadonlyMap<string, NodeRate> | undefined
  readonly isSelf: boolean
  readonly onSelect: (at: number) => void
}

function Station({ step, topology, rates, isSelf, onSelect }: StationProps) {
  const i18n = useI18n()
  const node = topology.nodes[step.at]
  if (!node) return null
  const more = [
    detailWord(node, i18n),
    node.kind === 'nic' ? null : speedWord(node.speedMbps, i18n),
    rateWords(rates?.get(node.id), i18n),
    node.addresses.join(', '),
  ].filter(Boolean)
  return (
    <li style={{ paddingInlineStart: step.depth * 14 }}>
      <StateIcon shape={stateShape(node)} />
      <div>
        {isSelf ? (
          <b>{nodeName(node)}</b>
        ) : (
          <button type="button" className="topo-pick" onClick={() => onSelect(step.at)}>
            {nodeName(node)}
          </button>
        )}{' '}
        <span className="sub">
          {kindWord(node, i18n)}, {stateWord(node, i18n)}
        </span>
        {more.length > 0 && <div className="sub num">{more.join(' · ')}</div>}
        {step.ending !== null && (
          <div className={step.ending === 'wire' ? 'topo-end' : 'topo-end warn-text'}>{endingWord(step.ending, i18n)}</div>
        )}
      </div>
    </li>
  )
}
