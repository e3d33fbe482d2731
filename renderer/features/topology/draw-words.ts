import type { NodeRate, TopologyNode } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { DrawWords } from './pen.ts'
import type { Block } from './scene.ts'
import { headWords, rateWord, sideWord, stateWord } from './words.ts'

/** Words for the picture, each made once: wording takes longer than drawing. */
export function drawWords(i18n: I18n): DrawWords {
  const sides = new WeakMap<TopologyNode, string>()
  const heads = new WeakMap<Block, ReturnType<DrawWords['head']>>()
  const rates = new WeakMap<NodeRate, string>()
  const states = new Map<string, string>()
  const stateOf = (node: TopologyNode) => {
    const key = `${node.kind} ${node.isUp}`
    const known = states.get(key)
    if (known !== undefined) return known
    const made = stateWord(node, i18n)
    states.set(key, made)
    return made
  }
  return {
    head: (block) => {
      const known = heads.get(block)
      if (known) return known
      const made = headWords(block, i18n)
      heads.set(block, made)
      return made
    },
    side: (node) => {
      const known = sides.get(node)
      if (known !== undefined) return known
      const made = sideWord(node, i18n)
      sides.set(node, made)
      return made
    },
    state: (node) => (node.isUp === false ? stateOf(node) : null),
    rate: (rate) => {
      const known = rates.get(rate)
      if (known !== undefined) return known
      const made = rateWord((rate.rxBytesPerS ?? 0) + (rate.txBytesPerS ?? 0), i18n)
      rates.set(rate, made)
      return made
    },
    waiting: i18n.t('topology.reading'),
  }
}
