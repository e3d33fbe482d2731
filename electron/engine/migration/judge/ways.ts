import { blocks, type Case, type Check, copiesOf, type OfferedMend, passes, sendsMemory, unknown, warns, wish } from './judge.ts'
import { rateText } from './words.ts'

/** Said by a measurement that found no way: a firewall, as a rule. */
const NO_WAY = 'migration.no-way'

/** Where the bytes go: ports of the target, or the connection of the daemons. */
export const ports: Check = (one) => {
  const { spec, into, measured, sourceName: source, targetName: target } = one
  if (!sends(one) || spec.tunnelled) return [passes('ports-not-needed')]
  const { first, last, used } = into.ports ?? { first: 49_152, last: 49_215, used: 0 }
  const params = { source, target, first: String(first), last: String(last) }
  if (used > last - first) return [blocks('ports-full', { params })]
  const closed = measured?.notes.find(({ code }) => code === NO_WAY)
  if (closed) {
    // neither disks nor post-copy go through a tunnel
    const mends = copiesOf(one).length > 0 || spec.postCopy ? [] : [wish('tunnelled', { control: 'peer', tunnelled: true, parallel: 0 })]
    return [blocks('ports-closed', { params, facts: closed.text, mends })]
  }
  return [measured?.bandwidthBytesPerS == null ? unknown('ports-unknown', { params }) : passes('ports-open', { params })]
}

/** Only a move that the hosts lead needs the one to log in to the other. */
export const trust: Check = ({ spec, into, sourceName: source, targetName: target }) => {
  if (spec.control === 'client') return [passes('trust-not-needed')]
  const params = { source, target }
  const mends = [wish('client-led', { control: 'client', tunnelled: false })]
  if (into.peerTrust === null) return [unknown('trust-unknown', { params, facts: into.peerTrustNote, mends })]
  return [into.peerTrust ? passes('trust-there', { params }) : blocks('trust-missing', { params, facts: into.peerTrustNote, mends })]
}

export const bandwidth: Check = (one) => {
  if (one.carried && copiesOf(one).length > 0) return [passes('bandwidth-console')]
  const { spec, measured, sourceName: source, targetName: target } = one
  if (!sends(one)) return [passes('bandwidth-not-needed')]
  const rate = measured?.bandwidthBytesPerS ?? null
  if (rate === null) return [unknown('bandwidth-unknown')]
  if (rate === 0) return [blocks('bandwidth-zero', { params: { source, target } })]
  return [passes('bandwidth-known', { params: { rate: rateText(Math.min(rate, spec.bandwidthBytesPerS ?? rate)) } })]
}

/** A guest that writes faster than is sent is never done by itself. */
export const dirtyRate: Check = (one) => {
  const { spec, prediction } = one
  if (!sendsMemory(one) || spec.mode === 'paused') return [passes('dirty-not-needed')]
  if (!prediction || prediction.dirtyBytesPerS === null) return [unknown('dirty-unknown')]
  const dirty = rateText(prediction.dirtyBytesPerS)
  if (prediction.converges) return [passes('dirty-below', { params: { dirty } })]
  if (spec.autoConverge || spec.postCopy) return [passes('dirty-handled')]
  const through = prediction.bandwidthBytesPerS === null ? '?' : rateText(prediction.bandwidthBytesPerS)
  return [warns('dirty-above', { params: { dirty, bandwidth: through }, mends: waysOut(one) })]
}

function waysOut({ spec, prediction, measured }: Case): readonly OfferedMend[] {
  const foretold = prediction?.waysOut ?? []
  if (foretold.length > 0) return foretold.map(({ label, set }) => ({ label, mend: { mend: 'spec', set } }))
  const rate = measured?.bandwidthBytesPerS ?? 0
  const isHeldBack = spec.bandwidthBytesPerS !== null && rate > (prediction?.dirtyBytesPerS ?? 0)
  return [
    ...(isHeldBack ? [wish('more-bandwidth', { bandwidthBytesPerS: null })] : []),
    wish('auto-converge', { autoConverge: true }),
    wish('post-copy', { postCopy: true, tunnelled: false, parallel: 0 }),
    wish('paused', { mode: 'paused', postCopy: false, autoConverge: false }),
  ]
}

/** From host to host. */
function sends(one: Case): boolean {
  return sendsMemory(one) || (!one.carried && copiesOf(one).length > 0)
}
