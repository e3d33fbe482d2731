import { type HostTopology, NETWORK_MODES, type NodeRate, type TopologyNode } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { StateShape } from '../../ui/index.ts'
import { brokenLinks, cardsOn, type Ending, type Step, stepsOf, UNPLUGGED } from './path.ts'
import type { Block } from './scene.ts'

export function kindWord({ kind, detail }: Pick<TopologyNode, 'kind' | 'detail'>, i18n: I18n): string {
  return kind === 'bridge' && detail === 'openvswitch' ? i18n.t('topology.kind.ovs') : i18n.t(`topology.kind.${kind}`)
}

/** Up, down, not known; of a card: connected, machine off. */
export function stateWord({ kind, isUp }: Pick<TopologyNode, 'kind' | 'isUp'>, i18n: I18n): string {
  if (isUp === null) return i18n.t('topology.state.unknown')
  if (kind === 'nic') return i18n.t(isUp ? 'topology.state.connected' : 'topology.state.cut-off')
  if (kind === 'network') return i18n.t(isUp ? 'host.active' : 'topology.state.off')
  return i18n.t(isUp ? 'topology.state.up' : 'topology.state.down')
}

export function stateShape({ isUp }: Pick<TopologyNode, 'isUp'>): StateShape {
  return isUp === null ? 'unknown' : isUp ? 'running' : 'stopped'
}

export function speedWord(speedMbps: number | null, i18n: I18n): string | null {
  if (speedMbps === null) return null
  if (speedMbps < 1_000) return `${i18n.format.number(speedMbps)}\u00a0Mbit/s`
  const gbps = speedMbps / 1_000
  return `${Number.isInteger(gbps) ? i18n.format.number(gbps) : i18n.format.short(gbps)}\u00a0Gbit/s`
}

/** 802.3ad, VLAN 110, NAT: what a node is in detail. */
export function detailWord({ kind, detail }: Pick<TopologyNode, 'kind' | 'detail'>, i18n: I18n): string | null {
  if (detail === null) return null
  if (kind === 'vlan') return i18n.t('topology.vlan', { tag: detail })
  if (kind === 'network') return modeWord(detail, i18n)
  if (kind === 'nic') return detail === UNPLUGGED ? i18n.t('topology.beside-bridge') : i18n.t('topology.port-group', { name: detail })
  return kind === 'bridge' && detail === 'openvswitch' ? 'Open vSwitch' : detail
}

export function modeWord(mode: string, i18n: I18n): string {
  return NETWORK_MODES.some((one) => one === mode) ? i18n.t(`network.mode.${mode as (typeof NETWORK_MODES)[number]}`) : mode
}

export function rateWord(bytesPerS: number, i18n: I18n): string {
  return i18n.t('topology.per-second', { amount: i18n.format.bytes(bytesPerS) })
}

/** What comes in and what goes out, as the machine sees it; null: not known. */
export function rateWords(rate: NodeRate | undefined, i18n: I18n): string | null {
  if (!rate || (rate.rxBytesPerS === null && rate.txBytesPerS === null)) return null
  const part = (bytes: number | null) => (bytes === null ? '–' : rateWord(bytes, i18n))
  return i18n.t('topology.rates', { in: part(rate.rxBytesPerS), out: part(rate.txBytesPerS) })
}

export function endingWord(ending: Ending, i18n: I18n): string {
  return i18n.t(`topology.end.${ending}`)
}

export function nodeName(node: TopologyNode): string {
  return node.machine ?? node.name
}

/** What stands at the right of a node's box. */
export function sideWord(node: TopologyNode, i18n: I18n): string {
  switch (node.kind) {
    case 'nic':
      return node.addresses[0] ?? ''
    case 'physical':
      return speedWord(node.speedMbps, i18n) ?? ''
    case 'bond':
      return node.detail ?? ''
    case 'vlan':
      return node.detail ?? ''
    case 'bridge':
      return node.detail === 'openvswitch' ? 'OVS' : (node.addresses[0] ?? '')
    case 'network':
      return node.detail === null ? '' : modeWord(node.detail, i18n)
    default:
      return node.kind satisfies never
  }
}

export function headWords({ host, matches }: Block, i18n: I18n): { readonly text: string; readonly trouble: string | null } {
  const { topology } = host
  if (!topology) return { text: i18n.t('topology.reading'), trouble: null }
  const count = (kind: TopologyNode['kind']) => topology.nodes.filter((node) => node.kind === kind).length
  const parts = [
    i18n.t('topology.ports', { count: count('physical') }),
    i18n.t('topology.networks', { count: count('network') }),
    i18n.t('topology.cards', { count: count('nic') }),
    ...(matches.size > 0 ? [i18n.t('topology.found-here', { count: matches.size })] : []),
  ]
  return { text: parts.join(', '), trouble: troubleOf(topology, i18n) }
}

/** What is wrong with a host's picture, in a few words; null: nothing. */
export function troubleOf(topology: HostTopology, i18n: I18n): string | null {
  // all of it may have changed since: that counts more than what was wrong then
  if (topology.unseen.some(({ code }) => code === 'topology.not-live')) {
    const { observedAtMs } = topology
    return observedAtMs === 0 ? i18n.t('topology.never-seen') : i18n.t('topology.seen-at', { at: i18n.format.absolute(observedAtMs) })
  }
  const broken = brokenLinks(topology)
  if (broken.length > 0) return i18n.t('topology.links-down', { names: broken.map((at) => topology.nodes[at]?.name ?? '').join(', ') })
  const unseen = topology.unseen[0]
  return unseen ? i18n.reason(unseen) : null
}

/** The whole way of a node in one sentence, for a list and for assistive technology. */
export function waySentence(topology: HostTopology, at: number, i18n: I18n): string {
  return stepsOf(topology, at)
    .filter((step) => step.at !== at || step.ending !== null)
    .map((step) => stepSentence(topology, step, i18n))
    .join(' → ')
}

/** What is lit now, for who cannot see it: how far it goes, where it ends, and what hangs on it. */
export function litSentence(topology: HostTopology, at: number, i18n: I18n): string {
  const node = topology.nodes[at]
  if (!node) return ''
  const steps = stepsOf(topology, at)
  const endings = [...new Set(steps.flatMap(({ ending }) => (ending === null ? [] : [endingWord(ending, i18n)])))]
  const cards = node.kind === 'nic' ? 0 : cardsOn(topology, at).length
  return [i18n.t('topology.way-lit', { name: nodeName(node), count: steps.length, cards }), ...endings].join(' ')
}

function stepSentence(topology: HostTopology, { at, ending }: Step, i18n: I18n): string {
  const node = topology.nodes[at]
  if (!node) return ''
  const named = `${kindWord(node, i18n)} ${node.name}`
  const state = node.isUp === false ? ` (${stateWord(node, i18n)})` : ''
  return ending === null ? `${named}${state}` : `${named}${state}. ${endingWord(ending, i18n)}`
}
